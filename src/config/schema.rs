//! The JSON schema of the YAML, for editors.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::raw::Root;

/// The schema, draft 2020-12. It knows exactly the keys that the reader knows: both come from the
/// same declarations.
pub fn document() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Root>();
    schema.insert("title".to_owned(), "pikafo.yaml".into());
    schema.to_value()
}
