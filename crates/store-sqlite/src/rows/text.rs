//! Enums as stable texts in columns.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::Type;
use securechat_delivery::rows::{PackageUse, RoomStay};
use securechat_ids::UserName;
use securechat_proto::http::Role;

pub(super) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    parsed(row, column)
}

pub(super) fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<UserName> {
    parsed(row, column)
}

fn parsed<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unreadable(column, &text))
}

fn unreadable(column: usize, text: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("unknown text '{text}'").into())
}

pub(super) const fn stay_text(stay: RoomStay) -> &'static str {
    match stay {
        RoomStay::Member => "member",
        RoomStay::Left => "left",
    }
}

pub(super) fn stay(row: &Row<'_>, column: usize) -> rusqlite::Result<RoomStay> {
    let text: String = row.get(column)?;
    match text.as_str() {
        "member" => Ok(RoomStay::Member),
        "left" => Ok(RoomStay::Left),
        _ => Err(unreadable(column, &text)),
    }
}

pub(super) const fn usage_text(usage: PackageUse) -> &'static str {
    match usage {
        PackageUse::Once => "once",
        PackageUse::LastResort => "last_resort",
        PackageUse::Spent => "spent",
    }
}

pub(super) fn usage(row: &Row<'_>, column: usize) -> rusqlite::Result<PackageUse> {
    let text: String = row.get(column)?;
    match text.as_str() {
        "once" => Ok(PackageUse::Once),
        "last_resort" => Ok(PackageUse::LastResort),
        "spent" => Ok(PackageUse::Spent),
        _ => Err(unreadable(column, &text)),
    }
}
