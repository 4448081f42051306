//! Numbers of the server's, cut to what a memory holds: one that is too large would make each step fail that keeps it.

use securechat_proto::frame::Answer;

/// Largest place or count: SQLite's integers are signed, and a place has a next one.
const COUNT_MAX: u64 = i64::MAX as u64 - 1;
/// Latest time, milliseconds: the end of the year 9999, which every clock can show.
const TIME_MS_MAX: u64 = 253_402_300_799_999;

/// The same answer, without numbers that nobody counts to.
pub(super) fn bounded(mut answer: Answer) -> Answer {
    let count = |number: &mut u64| *number = (*number).min(COUNT_MAX);
    let time = |ms: &mut u64| *ms = (*ms).min(TIME_MS_MAX);
    match &mut answer {
        Answer::Refused(refused) | Answer::Bye(refused) => {
            count(&mut refused.head_seq);
            count(&mut refused.epoch);
        }
        Answer::Ready(ready) => {
            time(&mut ready.now_ms);
            count(&mut ready.log_size);
            for head in &mut ready.rooms {
                count(&mut head.head_seq);
                count(&mut head.epoch);
            }
        }
        Answer::Published(published) => {
            count(&mut published.seq);
            time(&mut published.time_ms);
        }
        Answer::Committed(committed) => {
            count(&mut committed.seq);
            time(&mut committed.time_ms);
        }
        Answer::Events(page) => {
            count(&mut page.head_seq);
            for event in &mut page.events {
                count(&mut event.seq);
                count(&mut event.epoch);
                time(&mut event.time_ms);
            }
        }
        Answer::Event(event) => {
            count(&mut event.seq);
            count(&mut event.epoch);
            time(&mut event.time_ms);
        }
        Answer::Group(group) => {
            count(&mut group.epoch);
            count(&mut group.head_seq);
        }
        Answer::Inbox(inbox) => {
            for item in &mut inbox.items {
                count(&mut item.seq);
                count(&mut item.epoch);
            }
        }
        Answer::Receipts(page) => {
            for receipt in &mut page.receipts {
                count(&mut receipt.epoch);
            }
        }
        Answer::Receipt(receipt) => count(&mut receipt.epoch),
        Answer::Items(page) => {
            for item in &mut page.items {
                count(&mut item.number);
                count(&mut item.version);
            }
        }
        Answer::Log(log) => count(&mut log.size),
        Answer::LogGrew(grew) => count(&mut grew.size),
        Answer::Done(_)
        | Answer::Tree(_)
        | Answer::KeyPackages(_)
        | Answer::KeyPackagesLeft(_)
        | Answer::Resync(_)
        | Answer::InboxGrew(_)
        | Answer::ItemsGrew(_)
        | Answer::MustRemove(_)
        | Answer::RoomGone(_) => {}
    }
    answer
}
