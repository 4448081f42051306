#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| securechat_hostile::try_one("export", bytes));
