//! What a name that does not exist was perhaps meant to be.

use std::collections::BTreeSet;

/// Names the closest candidate, if one is close, and lists all that there are, up to a number that can be read.
pub(super) fn remedy<'a>(name: &str, candidates: impl Iterator<Item = &'a str>, what: &str) -> String {
    const MOST: usize = 20;
    let candidates: Vec<&str> = candidates.collect();
    let close = candidates
        .iter()
        .map(|candidate| (distance(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3);
    let question = close.map(|(_, candidate)| format!("did you mean `{candidate}`? ")).unwrap_or_default();
    let mut listed: Vec<String> =
        candidates.iter().take(MOST).map(|candidate| format!("`{candidate}`")).collect();
    if candidates.len() > MOST {
        listed.push(format!("{} more", candidates.len() - MOST));
    }
    // A list that holds a name twice would be of no use.
    debug_assert_eq!(candidates.iter().collect::<BTreeSet<_>>().len(), candidates.len());
    format!("{question}the {what} are {}", listed.join(", "))
}

/// How many letters have to be added, taken away or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
