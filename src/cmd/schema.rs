//! `pikafo schema`: the JSON schema of the YAML.

/// Print the JSON schema of the configuration file.
///
/// Editors complete and check pikafo.yaml with it. Put it where the editor finds it and begin the file
/// with `# yaml-language-server: $schema=…`.
#[derive(Clone, Debug, clap::Args)]
pub struct SchemaArgs {}

/// The schema as text, with a line break at its end.
pub fn run(SchemaArgs {}: &SchemaArgs) -> String {
    format!("{:#}\n", crate::config::schema::document())
}
