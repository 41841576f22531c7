//! How a token of a secret is written: sixteen hexadecimal digits, so that a record is as long whatever the key.

use serde::Deserialize as _;
use serde::Deserializer;
use serde::Serialize as _;
use serde::Serializer;
use serde::de::Error as _;

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(super) fn serialize<S: Serializer>(token: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
    token.map(|token| format!("{token:016x}")).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let token = text.map(|text| u64::from_str_radix(&text, 16));
    token.transpose().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::decide::facts::Settings;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let settings = Settings {
            requirepass_token: Some(u64::MAX),
            masterauth_token: Some(1),
            ..Settings::default()
        };
        let text = serde_json::to_string(&settings).unwrap();
        assert!(
            text.contains(r#""masterauth_token":"0000000000000001""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
        let refused = serde_json::from_str::<Settings>(r#"{"masterauth_token":"it is"}"#);
        assert!(refused.is_err());
    }
}
