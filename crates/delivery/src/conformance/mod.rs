//! What every [`Store`] must do: one suite, run by each home of the server's memory. For tests only: it panics.

mod entries;
mod items;
mod jobs;
mod mail;
mod people;
mod receipts;
mod rooms;

use std::sync::mpsc;

use securechat_ids::{DeviceId, RoomId, UserId};

use crate::{Fault, Store, Tx, read_with, write_with};

/// Runs the whole suite, each part on a store of its own.
///
/// # Panics
/// When the store does not do what it must.
pub fn run<S: Store>(mut fresh: impl FnMut() -> S) {
    let parts: &[fn(&dyn Store)] = &[
        jobs::a_refused_job_leaves_nothing_and_its_neighbours_stay,
        jobs::jobs_run_in_the_order_they_came,
        jobs::who_is_told_finds_the_row,
        jobs::a_job_that_panics_is_refused_and_the_next_one_runs,
        people::of_two_accounts_of_one_name_one_is_made,
        people::a_vault_is_replaced_by_the_next_version_only,
        people::a_chain_and_the_log_keep_their_order,
        people::an_invite_is_found_by_its_code_and_purged,
        entries::tickets_and_challenges_are_taken_once,
        entries::sessions_are_trimmed_from_the_oldest,
        rooms::an_event_follows_its_head_and_is_found_again,
        rooms::a_page_keeps_to_events_and_bytes,
        rooms::leaves_are_due_when_their_person_or_device_is_gone,
        rooms::a_stay_keeps_its_beginning,
        rooms::a_tree_ends,
        rooms::what_is_due_is_deleted_in_order_and_leaves_hashes,
        mail::a_spent_key_package_is_known_and_not_handed_out,
        mail::an_inbox_number_is_never_used_again,
        items::an_item_gives_way_to_its_next_version_under_a_new_number,
        receipts::a_receipt_gives_way_to_the_devices_next_one,
    ];
    for part in parts {
        part(&fresh());
    }
}

/// Writes and waits.
fn write<T: Send + 'static>(
    store: &dyn Store,
    run: impl FnOnce(&mut dyn Tx) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let (tell, told) = mpsc::channel();
    write_with(store, run, move |result| tell.send(result).expect("the suite waits")).expect("not busy");
    told.recv().expect("the writer tells")
}

/// Writes what cannot be refused.
fn put<T: Send + 'static>(
    store: &dyn Store,
    run: impl FnOnce(&mut dyn Tx) -> Result<T, Fault> + Send + 'static,
) -> T {
    write(store, run).expect("written")
}

fn get<T>(store: &dyn Store, query: impl FnMut(&mut dyn Tx) -> Result<T, Fault>) -> T {
    read_with(store, query).expect("read")
}

fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 16])
}

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

fn room(n: u8) -> RoomId {
    RoomId::from_bytes([n; 16])
}
