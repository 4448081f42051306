//! Made-up talk: a vocabulary whose words are as unevenly used as real ones, and random numbers that are the same each time.

/// SplitMix64: small, and good enough to strew words.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly in `0..below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        usize::try_from(self.next() % below as u64).unwrap_or(0)
    }

    pub(crate) fn id(&mut self) -> [u8; 16] {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.next().to_be_bytes());
        id[8..].copy_from_slice(&self.next().to_be_bytes());
        id
    }
}

/// Words by how often they are used: the n-th is used about 1/n times as often as the first (Zipf), as in any language.
pub(crate) struct Vocabulary {
    words: Vec<String>,
    /// Sums of the weights up to each word.
    sums: Vec<f64>,
}

/// Different words: a team's talk of some years.
const WORDS: usize = 50_000;

impl Vocabulary {
    pub(crate) fn new() -> Self {
        let words: Vec<String> = (0..WORDS).map(word).collect();
        let sums = (1..=WORDS)
            .scan(0.0, |sum, rank| {
                *sum += 1.0 / f64::from(u32::try_from(rank).unwrap_or(u32::MAX));
                Some(*sum)
            })
            .collect();
        Self { words, sums }
    }

    /// The word of a rank, from 0.
    pub(crate) fn word(&self, rank: usize) -> &str {
        &self.words[rank]
    }

    /// A text of 4 to 20 words, 12 on the average.
    pub(crate) fn text(&self, chance: &mut Seeded) -> String {
        let length = 4 + chance.below(17);
        let words: Vec<&str> = (0..length).map(|_| self.draw(chance)).collect();
        words.join(" ")
    }

    fn draw(&self, chance: &mut Seeded) -> &str {
        let all = self.sums.last().copied().unwrap_or(1.0);
        #[expect(clippy::cast_precision_loss, reason = "a fraction")]
        let at = (chance.next() >> 11) as f64 / (1_u64 << 53) as f64 * all;
        let rank = self.sums.partition_point(|sum| *sum < at);
        &self.words[rank.min(WORDS - 1)]
    }
}

/// A word that can be spoken; the frequent ones are short.
fn word(rank: usize) -> String {
    const ONSETS: [&str; 16] =
        ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st"];
    const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
    let mut rest = rank + 1;
    let mut word = String::new();
    while rest > 0 {
        rest -= 1;
        word.push_str(ONSETS[rest % 16]);
        word.push_str(VOWELS[rest / 16 % 5]);
        rest /= 80;
    }
    word
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_words_are_equal() {
        let words: BTreeSet<String> = (0..WORDS).map(word).collect();
        assert_eq!(words.len(), WORDS);
    }

    #[test]
    fn the_first_word_is_used_about_ten_times_as_often_as_the_tenth() {
        let vocabulary = Vocabulary::new();
        let mut chance = Seeded::new(1);
        let drawn: Vec<&str> = (0..200_000).map(|_| vocabulary.draw(&mut chance)).collect();
        let count = |rank| drawn.iter().filter(|word| **word == vocabulary.word(rank)).count();
        let ratio = count(0) / count(9).max(1);
        assert!((8..=12).contains(&ratio), "{ratio}");
    }
}
