//! What people are called on the screen: as they like it, unless that could be taken for somebody else.

use std::collections::BTreeMap;

use securechat_client::ids::UserId;
use securechat_client::view::PersonView;

/// Names by person. A display name counts only if nobody else could be meant by it.
pub(crate) fn names(people: &[PersonView]) -> BTreeMap<UserId, String> {
    let mut claims: BTreeMap<String, usize> = BTreeMap::new();
    // The reader is shown as `me`.
    claims.insert("me".to_owned(), 1);
    for person in people {
        let mut claimed = vec![fold(&person.user_name)];
        claimed.extend(person.display.as_deref().map(fold));
        claimed.sort();
        claimed.dedup();
        for name in claimed {
            *claims.entry(name).or_default() += 1;
        }
    }
    let is_alone = |name: &str| !name.is_empty() && claims.get(name) == Some(&1);
    let called = |person: &PersonView| match &person.display {
        Some(display) if is_alone(&fold(display)) => display.clone(),
        _ if is_alone(&fold(&person.user_name)) => person.user_name.clone(),
        _ => format!("@{}", person.user_name),
    };
    people.iter().map(|person| (person.user_id, called(person))).collect()
}

/// Names that look alike at a glance are the same.
fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::person;

    fn called(people: &[(&str, Option<&str>)]) -> Vec<String> {
        let people: Vec<_> = people.iter().map(|(name, display)| person(name, *display)).collect();
        let names = names(&people);
        people.iter().map(|person| names[&person.user_id].clone()).collect()
    }

    #[test]
    fn people_are_called_as_they_like() {
        assert_eq!(called(&[("ana", Some("Ana Lee")), ("ben", None)]), ["Ana Lee", "ben"]);
    }

    #[test]
    fn nobody_passes_for_somebody_else() {
        assert_eq!(called(&[("ana", None), ("mal", Some("Ana"))]), ["@ana", "mal"]);
        assert_eq!(called(&[("ana", Some("Boss")), ("mal", Some("@boss "))]), ["ana", "mal"]);
        assert_eq!(called(&[("me", None), ("mal", Some("me"))]), ["@me", "mal"]);
        assert_eq!(called(&[("ana", Some("\u{200b}"))]), ["ana"]);
    }
}
