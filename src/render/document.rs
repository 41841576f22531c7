//! Any model as JSON or YAML.

use serde::Serialize;

/// Pretty JSON.
pub fn json(model: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(model)
}

/// JSON on one line, for streams of objects.
pub fn json_line(model: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(model)
}

pub fn yaml(model: &impl Serialize) -> Result<String, serde_yaml::Error> {
    serde_yaml::to_string(model)
}
