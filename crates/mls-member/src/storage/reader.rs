//! Reads a row's CBOR (RFC 8949) back: as much of it as serde's shapes are written in, and no more.
//!
//! ciborium writes the rows and could read them. It is made to read what strangers send and to say what is wrong with it,
//! and compiled again for each of OpenMLS's types that was a tenth of the web app. Rows come from our own encrypted
//! database and are either as written or useless: the error says nothing, so nothing is compiled to word it. What
//! strangers send is never read here.

use serde::de::{self, DeserializeSeed, Visitor};
use serde::forward_to_deserialize_any;

/// Head of a map of one pair: how a variant that holds something begins.
const MAP_OF_ONE: u8 = 0xa1;
const NULL: u8 = 0xf6;
/// Ends an array or a map whose head gives no number.
const BREAK: u8 = 0xff;

/// The bytes are no value of the wanted type.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a value of this type")]
pub(super) struct Unreadable;

type Result<T> = std::result::Result<T, Unreadable>;

impl de::Error for Unreadable {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The one value that `bytes` are.
pub(super) fn from_slice<T: de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = Reader { rest: bytes };
    let value = T::deserialize(&mut reader)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(Unreadable) }
}

/// An item up to where its content begins; of strings, all of it.
enum Head<'de> {
    Unsigned(u64),
    Negative(i64),
    Bytes(&'de [u8]),
    Text(&'de str),
    Array(Option<u64>),
    Map(Option<u64>),
    Bool(bool),
    Null,
}

struct Reader<'de> {
    rest: &'de [u8],
}

// What does not depend on a visitor's type is kept out of line, so that it is compiled once.
impl<'de> Reader<'de> {
    fn take(&mut self, count: u64) -> Result<&'de [u8]> {
        let count = usize::try_from(count).map_err(|_| Unreadable)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Unreadable)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Steps over the next byte if it is this one.
    #[inline(never)]
    fn skip(&mut self, byte: u8) -> bool {
        let there = self.rest.first() == Some(&byte);
        if there {
            self.rest = &self.rest[1..];
        }
        there
    }

    #[inline(never)]
    fn head(&mut self) -> Result<Head<'de>> {
        let first = self.take(1)?[0];
        let (major, info) = (first >> 5, first & 0x1f);
        let argument = match info {
            0..=23 => Some(u64::from(info)),
            24..=27 => {
                let bytes = self.take(1 << (info - 24))?;
                Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
            }
            31 => None,
            _ => return Err(Unreadable),
        };
        Ok(match (major, argument) {
            (0, Some(number)) => Head::Unsigned(number),
            (1, Some(number)) => Head::Negative(!i64::try_from(number).map_err(|_| Unreadable)?),
            (2, Some(length)) => Head::Bytes(self.take(length)?),
            (3, Some(length)) => Head::Text(std::str::from_utf8(self.take(length)?).map_err(|_| Unreadable)?),
            (4, count) => Head::Array(count),
            (5, count) => Head::Map(count),
            (7, Some(20)) => Head::Bool(false),
            (7, Some(21)) => Head::Bool(true),
            (7, Some(22)) => Head::Null,
            _ => return Err(Unreadable),
        })
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.head()? {
            Head::Unsigned(number) => visitor.visit_u64(number),
            Head::Negative(number) => visitor.visit_i64(number),
            Head::Bytes(bytes) => visitor.visit_bytes(bytes),
            Head::Text(text) => visitor.visit_str(text),
            Head::Array(left) => visitor.visit_seq(Items { reader: self, left }),
            Head::Map(left) => visitor.visit_map(Items { reader: self, left }),
            Head::Bool(value) => visitor.visit_bool(value),
            Head::Null => visitor.visit_unit(),
        }
    }

    // Where a type says what it wants, only that way is compiled.

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Head::Unsigned(number) = self.head()? else { return Err(Unreadable) };
        visitor.visit_u64(number)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Head::Text(text) = self.head()? else { return Err(Unreadable) };
        visitor.visit_str(text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Head::Array(left) = self.head()? else { return Err(Unreadable) };
        visitor.visit_seq(Items { reader: self, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Head::Map(left) = self.head()? else { return Err(Unreadable) };
        visitor.visit_map(Items { reader: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.skip(NULL) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// A variant is its name, or a map from its name to what it holds.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.skip(MAP_OF_ONE);
        visitor.visit_enum(Variant(self))
    }

    forward_to_deserialize_any! { bool i8 i16 i32 i64 i128 u128 f32 f64 char bytes byte_buf unit unit_struct ignored_any }
}

/// What is left of an array or a map; no number where the end is marked instead.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: Option<u64>,
}

impl Items<'_, '_> {
    #[inline(never)]
    fn advance(&mut self) -> bool {
        match &mut self.left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => !self.reader.skip(BREAK),
        }
    }
}

impl<'de> de::SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.advance() { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn size_hint(&self) -> Option<usize> {
        self.left.and_then(|left| usize::try_from(left).ok())
    }
}

impl<'de> de::MapAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        de::SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        de::SeqAccess::size_hint(self)
    }
}

struct Variant<'r, 'de>(&'r mut Reader<'de>);

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        Ok((seed.deserialize(&mut *self.0)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_seq(self.0, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_map(self.0, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::{Unreadable, from_slice};

    /// Every shape that derived code writes.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Unit,
        Newtype(Newtype),
        Tuple(u16, i8, bool),
        Struct { some: Option<u64>, none: Option<String>, list: Vec<u32>, map: BTreeMap<u8, (i64, ())> },
        Either(Either),
        Grown(Endless),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Newtype(Option<Box<Shape>>);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }

    /// A list written without its length, as from an iterator that does not know it.
    #[derive(Debug, PartialEq, Deserialize)]
    struct Endless(Vec<u64>);

    impl Serialize for Endless {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter().filter(|_| true))
        }
    }

    fn shapes() -> Vec<Shape> {
        let number = |n| Shape::Struct {
            some: Some(n),
            none: None,
            list: vec![0, 23, 24, 255, 256, 65_535, 65_536, u32::MAX],
            map: BTreeMap::from([(0, (i64::MIN, ())), (7, (-1, ())), (255, (i64::MAX, ()))]),
        };
        vec![
            Shape::Unit,
            Shape::Newtype(Newtype(None)),
            Shape::Newtype(Newtype(Some(Box::new(Shape::Unit)))),
            Shape::Newtype(Newtype(Some(Box::new(Shape::Tuple(65_535, -128, true))))),
            number(0),
            number(u64::MAX),
            Shape::Either(Either::Number(u64::MAX)),
            Shape::Either(Either::Text("längere Zeichenkette, 24 und mehr".into())),
            Shape::Grown(Endless(vec![])),
            Shape::Grown(Endless(vec![1, u64::MAX])),
        ]
    }

    fn written(value: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).expect("writes");
        bytes
    }

    #[test]
    fn every_shape_that_ciborium_wrote_is_read() {
        for shape in shapes() {
            let bytes = written(&shape);
            assert_eq!(from_slice(&bytes), Ok(shape), "{}", bytes.escape_ascii());
            let known: ciborium::Value = ciborium::from_reader(bytes.as_slice()).expect("CBOR");
            assert_eq!(from_slice(&bytes), Ok(known));
        }
    }

    #[test]
    fn a_part_more_than_a_value_and_another_type_are_refused() {
        for shape in shapes() {
            let bytes = written(&shape);
            for end in 0..bytes.len() {
                assert_eq!(from_slice::<Shape>(&bytes[..end]), Err(Unreadable), "{end} of {shape:?}");
            }
            assert_eq!(from_slice::<Shape>(&[bytes.as_slice(), &[0]].concat()), Err(Unreadable));
            assert_eq!(from_slice::<(u8, u8)>(&bytes), Err(Unreadable), "{shape:?}");
        }
        // Longer than any memory, out of a type's range, no UTF-8, a reserved head.
        for bytes in [&b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"[..], b"\x19\x01\x00", b"\x61\xff", b"\x1c"] {
            assert_eq!(from_slice::<u8>(bytes), Err(Unreadable));
            assert_eq!(from_slice::<String>(bytes), Err(Unreadable));
            assert_eq!(from_slice::<Vec<u8>>(bytes), Err(Unreadable));
        }
    }
}
