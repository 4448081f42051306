//! The suite that every home of the server's memory runs.

use crate::seed;

#[test]
fn the_store_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    securechat_delivery::conformance::run(|| {
        number += 1;
        seed::open(&folder.path().join(format!("{number}.db")), number).unwrap().0
    });
}
