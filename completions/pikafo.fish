# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pikafo_global_optspecs
    string join \n c/config= C/cluster= o/output= json color= v/verbose q/quiet log-format= timeout= no-input no-header no-progress ascii state-dir= h/help V/version
end

function __fish_pikafo_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pikafo_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pikafo_using_subcommand
    set -l cmd (__fish_pikafo_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pikafo -n "__fish_pikafo_needs_command" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_needs_command" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_needs_command" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_needs_command" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_needs_command" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_needs_command" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_needs_command" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_needs_command" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_needs_command" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_needs_command" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_needs_command" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_needs_command" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_needs_command" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_needs_command" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_needs_command" -s V -l version -d 'Print version'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "status" -d 'Show topology and lag of one or all clusters'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "check" -d 'Check configuration, credentials, ports, topology, lag and fail-over readiness'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "discover" -d 'Find a cluster from any one of its nodes, and print its configuration'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "promote" -d 'Switch over to another master without losing a write'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "failover" -d 'Replace a dead master now, if the evidence and the quorum agree'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "repoint" -d 'Attach replicas to the master, incrementally where that is provably safe'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "watch" -d 'Watch clusters, fail over by quorum, and serve the Sentinel API'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "pause" -d 'Hold automatic failover on all watchers'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "resume" -d 'Release automatic failover on all watchers'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "history" -d 'Show what happened: who, when, why, with which evidence, how long, what was lost'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "replay" -d 'Live a watcher\'s record again, and see what it decided and why'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "import" -d 'Turn a stock sentinel.conf into pikafo\'s YAML'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "schema" -d 'Print the JSON schema of the configuration file'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "lab" -d 'Rehearse a failover on a throwaway cluster'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "generate" -d 'Write completions and man pages below DIR'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "lab-node" -d 'Runs one node of the lab in the foreground'
complete -c pikafo -n "__fish_pikafo_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -s w -l watch -d 'Look again every SEC seconds (2 if left out), until interrupted; with -o json one object a line' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l wide -d 'Say more of each node: server, master, zone, history, uptime'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l max-lag -d 'How far a replica may be behind, in bytes of its master\'s log; as much as a failover may lose (`failover.max_loss`) if left out' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l name -d 'What to call the cluster' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l username -d 'The user to log in as' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l password-file -d 'The file whose only line is the password' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l tls-ca -d 'Use TLS and this certificate authority' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l tls -d 'Use TLS and the system\'s certificate authorities'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l plan-out -d 'Write the plan to FILE as JSON; with --dry-run, without carrying it out' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l plan -d 'Carry out the plan in FILE, and only if the facts it was made from still hold' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l expect-master -d 'Refuse unless this node is the master now' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l reason -d 'Why, for the journal' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l accept-loss -d 'Consent to losing writes, up to SIZE (64KiB, 1MiB, ...) or all of them' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l dry-run -d 'Show the plan, judge it, change nothing'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -s y -l yes -d 'Do not ask; never covers the loss of data'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l standalone -d 'Act without the watchers that the configuration names, after they have stood back'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l resume -d 'Finish the operation that was interrupted'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l abort -d 'Undo the operation that was interrupted'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l plan-out -d 'Write the plan to FILE as JSON; with --dry-run, without carrying it out' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l plan -d 'Carry out the plan in FILE, and only if the facts it was made from still hold' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l expect-master -d 'Refuse unless this node is the master now' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l reason -d 'Why, for the journal' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l accept-loss -d 'Consent to losing writes, up to SIZE (64KiB, 1MiB, ...) or all of them' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l dry-run -d 'Show the plan, judge it, change nothing'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -s y -l yes -d 'Do not ask; never covers the loss of data'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l standalone -d 'Act without the watchers that the configuration names, after they have stood back'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l resume -d 'Finish the operation that was interrupted'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l abort -d 'Undo the operation that was interrupted'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand failover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l to -d 'The node to follow; otherwise the master' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l plan-out -d 'Write the plan to FILE as JSON; with --dry-run, without carrying it out' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l plan -d 'Carry out the plan in FILE, and only if the facts it was made from still hold' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l expect-master -d 'Refuse unless this node is the master now' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l reason -d 'Why, for the journal' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l accept-loss -d 'Consent to losing writes, up to SIZE (64KiB, 1MiB, ...) or all of them' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l all -d 'Every node that does not follow the master as it should'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l resync -d 'Discard the nodes\' own data and copy the master\'s, one node at a time'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l dry-run -d 'Show the plan, judge it, change nothing'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -s y -l yes -d 'Do not ask; never covers the loss of data'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l standalone -d 'Act without the watchers that the configuration names, after they have stood back'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l resume -d 'Finish the operation that was interrupted'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l abort -d 'Undo the operation that was interrupted'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand repoint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l sentinel-conf -d 'Take over a stock Sentinel\'s configuration file, identity and epochs included, and keep it current' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l for -d 'For how long; until it is resumed if left out' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l reason -d 'Why, for whoever looks at the status' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -s n -l number -d 'The last N operations' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l explain -d 'Everything about one operation; the beginning of its ID will do' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l from -d 'Show what was decided from this time on, such as 2026-03-01T03:00:00Z' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l explain -d 'Show every input as it came, and the small decisions of quiet days too'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l secrets-dir -d 'Write the passwords to files in this folder, readable by you alone' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l server -d 'Use real processes: redis-server, or the path of a Pika or Redis binary' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l version -d 'The dialect of the embedded server: 3.4.1, 3.5.2, 3.5.5 or 4.0.1' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l watchers -d 'Start this many watchers beside it, and leave the failover to them' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l keep -d 'Leave the cluster running until Ctrl-C, with a configuration for the other commands'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l port -d 'Port of the node; port + 2000 and port + 10001 (3.4: port + 1000) must be free too' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l bind -d 'Address to listen at' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l dir -d 'Folder for configuration, data and binlog; made if it is missing' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l version -d 'Dialect: 3.4.1, 3.5.2, 3.5.5 or 4.0.1' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l timings -d 'How long things take: as observed on real servers, or in milliseconds' -r -f -a "observed\t''
brisk\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l conf -d 'Settings `key : value`, one a line, for a folder that has no configuration yet' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -s c -l config -d 'The configuration; otherwise the first that exists of ./pikafo.yaml, `$XDG_CONFIG_HOME/pikafo/pikafo.yaml` and /etc/pikafo/pikafo.yaml' -r -F
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -s C -l cluster -d 'The cluster; needed only where the configuration names several' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -s o -l output -d 'How to print the result' -r -f -a "table\t'For people'
json\t'One JSON document, fields are only ever added'
yaml\t'The same as YAML'"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l color -d 'When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is auto' -r -f -a "auto\t''
always\t''
never\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l log-format -d 'How to write log lines' -r -f -a "text\t''
json\t''"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l timeout -d 'The longest wait for one answer of one server' -r
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l state-dir -d 'Where to keep the journal and what is remembered between runs' -r -f -a "(__fish_complete_directories)"
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l json -d 'Same as --output json'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -s v -l verbose -d 'Say more; twice and three times for still more'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -s q -l quiet -d 'Say nothing but errors and the result'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l no-input -d 'Never ask; fail where an answer would be needed'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l no-header -d 'Leave out the header of tables'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l no-progress -d 'No progress bars, plain lines instead'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -l ascii -d 'Only ASCII characters'
complete -c pikafo -n "__fish_pikafo_using_subcommand lab-node" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "status" -d 'Show topology and lag of one or all clusters'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "check" -d 'Check configuration, credentials, ports, topology, lag and fail-over readiness'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "discover" -d 'Find a cluster from any one of its nodes, and print its configuration'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "promote" -d 'Switch over to another master without losing a write'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "failover" -d 'Replace a dead master now, if the evidence and the quorum agree'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "repoint" -d 'Attach replicas to the master, incrementally where that is provably safe'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "watch" -d 'Watch clusters, fail over by quorum, and serve the Sentinel API'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "pause" -d 'Hold automatic failover on all watchers'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "resume" -d 'Release automatic failover on all watchers'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "history" -d 'Show what happened: who, when, why, with which evidence, how long, what was lost'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "replay" -d 'Live a watcher\'s record again, and see what it decided and why'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "import" -d 'Turn a stock sentinel.conf into pikafo\'s YAML'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "schema" -d 'Print the JSON schema of the configuration file'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "lab" -d 'Rehearse a failover on a throwaway cluster'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "completions" -d 'Print a completion script'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "generate" -d 'Write completions and man pages below DIR'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "lab-node" -d 'Runs one node of the lab in the foreground'
complete -c pikafo -n "__fish_pikafo_using_subcommand help; and not __fish_seen_subcommand_from status check discover promote failover repoint watch pause resume history replay import schema lab completions generate lab-node help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
