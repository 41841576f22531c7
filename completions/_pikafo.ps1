
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'pikafo' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'pikafo'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'pikafo' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show topology and lag of one or all clusters')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check configuration, credentials, ports, topology, lag and fail-over readiness')
            [CompletionResult]::new('discover', 'discover', [CompletionResultType]::ParameterValue, 'Find a cluster from any one of its nodes, and print its configuration')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Switch over to another master without losing a write')
            [CompletionResult]::new('failover', 'failover', [CompletionResultType]::ParameterValue, 'Replace a dead master now, if the evidence and the quorum agree')
            [CompletionResult]::new('repoint', 'repoint', [CompletionResultType]::ParameterValue, 'Attach replicas to the master, incrementally where that is provably safe')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Watch clusters, fail over by quorum, and serve the Sentinel API')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Hold automatic failover on all watchers')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Release automatic failover on all watchers')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what happened: who, when, why, with which evidence, how long, what was lost')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Live a watcher''s record again, and see what it decided and why')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn a stock sentinel.conf into pikafo''s YAML')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON schema of the configuration file')
            [CompletionResult]::new('lab', 'lab', [CompletionResultType]::ParameterValue, 'Rehearse a failover on a throwaway cluster')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Write completions and man pages below DIR')
            [CompletionResult]::new('lab-node', 'lab-node', [CompletionResultType]::ParameterValue, 'Runs one node of the lab in the foreground')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pikafo;status' {
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Look again every SEC seconds (2 if left out), until interrupted; with -o json one object a line')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Look again every SEC seconds (2 if left out), until interrupted; with -o json one object a line')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Say more of each node: server, master, zone, history, uptime')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;check' {
            [CompletionResult]::new('--max-lag', '--max-lag', [CompletionResultType]::ParameterName, 'How far a replica may be behind, in bytes of its master''s log; as much as a failover may lose (`failover.max_loss`) if left out')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;discover' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What to call the cluster')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'The user to log in as')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file whose only line is the password')
            [CompletionResult]::new('--tls-ca', '--tls-ca', [CompletionResultType]::ParameterName, 'Use TLS and this certificate authority')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Use TLS and the system''s certificate authorities')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;promote' {
            [CompletionResult]::new('--plan-out', '--plan-out', [CompletionResultType]::ParameterName, 'Write the plan to FILE as JSON; with --dry-run, without carrying it out')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Carry out the plan in FILE, and only if the facts it was made from still hold')
            [CompletionResult]::new('--expect-master', '--expect-master', [CompletionResultType]::ParameterName, 'Refuse unless this node is the master now')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for the journal')
            [CompletionResult]::new('--accept-loss', '--accept-loss', [CompletionResultType]::ParameterName, 'Consent to losing writes, up to SIZE (64KiB, 1MiB, ...) or all of them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan, judge it, change nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; never covers the loss of data')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; never covers the loss of data')
            [CompletionResult]::new('--standalone', '--standalone', [CompletionResultType]::ParameterName, 'Act without the watchers that the configuration names, after they have stood back')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Finish the operation that was interrupted')
            [CompletionResult]::new('--abort', '--abort', [CompletionResultType]::ParameterName, 'Undo the operation that was interrupted')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;failover' {
            [CompletionResult]::new('--plan-out', '--plan-out', [CompletionResultType]::ParameterName, 'Write the plan to FILE as JSON; with --dry-run, without carrying it out')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Carry out the plan in FILE, and only if the facts it was made from still hold')
            [CompletionResult]::new('--expect-master', '--expect-master', [CompletionResultType]::ParameterName, 'Refuse unless this node is the master now')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for the journal')
            [CompletionResult]::new('--accept-loss', '--accept-loss', [CompletionResultType]::ParameterName, 'Consent to losing writes, up to SIZE (64KiB, 1MiB, ...) or all of them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan, judge it, change nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; never covers the loss of data')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; never covers the loss of data')
            [CompletionResult]::new('--standalone', '--standalone', [CompletionResultType]::ParameterName, 'Act without the watchers that the configuration names, after they have stood back')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Finish the operation that was interrupted')
            [CompletionResult]::new('--abort', '--abort', [CompletionResultType]::ParameterName, 'Undo the operation that was interrupted')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;repoint' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'The node to follow; otherwise the master')
            [CompletionResult]::new('--plan-out', '--plan-out', [CompletionResultType]::ParameterName, 'Write the plan to FILE as JSON; with --dry-run, without carrying it out')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Carry out the plan in FILE, and only if the facts it was made from still hold')
            [CompletionResult]::new('--expect-master', '--expect-master', [CompletionResultType]::ParameterName, 'Refuse unless this node is the master now')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for the journal')
            [CompletionResult]::new('--accept-loss', '--accept-loss', [CompletionResultType]::ParameterName, 'Consent to losing writes, up to SIZE (64KiB, 1MiB, ...) or all of them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every node that does not follow the master as it should')
            [CompletionResult]::new('--resync', '--resync', [CompletionResultType]::ParameterName, 'Discard the nodes'' own data and copy the master''s, one node at a time')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the plan, judge it, change nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; never covers the loss of data')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; never covers the loss of data')
            [CompletionResult]::new('--standalone', '--standalone', [CompletionResultType]::ParameterName, 'Act without the watchers that the configuration names, after they have stood back')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Finish the operation that was interrupted')
            [CompletionResult]::new('--abort', '--abort', [CompletionResultType]::ParameterName, 'Undo the operation that was interrupted')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;watch' {
            [CompletionResult]::new('--sentinel-conf', '--sentinel-conf', [CompletionResultType]::ParameterName, 'Take over a stock Sentinel''s configuration file, identity and epochs included, and keep it current')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;pause' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'For how long; until it is resumed if left out')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for whoever looks at the status')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;resume' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;history' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The last N operations')
            [CompletionResult]::new('--number', '--number', [CompletionResultType]::ParameterName, 'The last N operations')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Everything about one operation; the beginning of its ID will do')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;replay' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Show what was decided from this time on, such as 2026-03-01T03:00:00Z')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Show every input as it came, and the small decisions of quiet days too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;import' {
            [CompletionResult]::new('--secrets-dir', '--secrets-dir', [CompletionResultType]::ParameterName, 'Write the passwords to files in this folder, readable by you alone')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;schema' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;lab' {
            [CompletionResult]::new('--server', '--server', [CompletionResultType]::ParameterName, 'Use real processes: redis-server, or the path of a Pika or Redis binary')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'The dialect of the embedded server: 3.4.1, 3.5.2, 3.5.5 or 4.0.1')
            [CompletionResult]::new('--watchers', '--watchers', [CompletionResultType]::ParameterName, 'Start this many watchers beside it, and leave the failover to them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave the cluster running until Ctrl-C, with a configuration for the other commands')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;completions' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;generate' {
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;lab-node' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the node; port + 2000 and port + 10001 (3.4: port + 1000) must be free too')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Address to listen at')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder for configuration, data and binlog; made if it is missing')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Dialect: 3.4.1, 3.5.2, 3.5.5 or 4.0.1')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'How long things take: as observed on real servers, or in milliseconds')
            [CompletionResult]::new('--conf', '--conf', [CompletionResultType]::ParameterName, 'Settings `key : value`, one a line, for a folder that has no configuration yet')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster; needed only where the configuration names several')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How to print the result')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How to write log lines')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The longest wait for one answer of one server')
            [CompletionResult]::new('--state-dir', '--state-dir', [CompletionResultType]::ParameterName, 'Where to keep the journal and what is remembered between runs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Same as --output json')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice and three times for still more')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and the result')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail where an answer would be needed')
            [CompletionResult]::new('--no-header', '--no-header', [CompletionResultType]::ParameterName, 'Leave out the header of tables')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'No progress bars, plain lines instead')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Only ASCII characters')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'pikafo;help' {
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show topology and lag of one or all clusters')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check configuration, credentials, ports, topology, lag and fail-over readiness')
            [CompletionResult]::new('discover', 'discover', [CompletionResultType]::ParameterValue, 'Find a cluster from any one of its nodes, and print its configuration')
            [CompletionResult]::new('promote', 'promote', [CompletionResultType]::ParameterValue, 'Switch over to another master without losing a write')
            [CompletionResult]::new('failover', 'failover', [CompletionResultType]::ParameterValue, 'Replace a dead master now, if the evidence and the quorum agree')
            [CompletionResult]::new('repoint', 'repoint', [CompletionResultType]::ParameterValue, 'Attach replicas to the master, incrementally where that is provably safe')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Watch clusters, fail over by quorum, and serve the Sentinel API')
            [CompletionResult]::new('pause', 'pause', [CompletionResultType]::ParameterValue, 'Hold automatic failover on all watchers')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Release automatic failover on all watchers')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what happened: who, when, why, with which evidence, how long, what was lost')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Live a watcher''s record again, and see what it decided and why')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Turn a stock sentinel.conf into pikafo''s YAML')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON schema of the configuration file')
            [CompletionResult]::new('lab', 'lab', [CompletionResultType]::ParameterValue, 'Rehearse a failover on a throwaway cluster')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Write completions and man pages below DIR')
            [CompletionResult]::new('lab-node', 'lab-node', [CompletionResultType]::ParameterValue, 'Runs one node of the lab in the foreground')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'pikafo;help;status' {
            break
        }
        'pikafo;help;check' {
            break
        }
        'pikafo;help;discover' {
            break
        }
        'pikafo;help;promote' {
            break
        }
        'pikafo;help;failover' {
            break
        }
        'pikafo;help;repoint' {
            break
        }
        'pikafo;help;watch' {
            break
        }
        'pikafo;help;pause' {
            break
        }
        'pikafo;help;resume' {
            break
        }
        'pikafo;help;history' {
            break
        }
        'pikafo;help;replay' {
            break
        }
        'pikafo;help;import' {
            break
        }
        'pikafo;help;schema' {
            break
        }
        'pikafo;help;lab' {
            break
        }
        'pikafo;help;completions' {
            break
        }
        'pikafo;help;generate' {
            break
        }
        'pikafo;help;lab-node' {
            break
        }
        'pikafo;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
