//! What JavaScript sees of this module: start it with a key, ask it, hear it.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use zeroize::Zeroize as _;

use crate::desk::Desk;

/// The engine of this origin, for the worker that holds its lock.
#[wasm_bindgen]
pub struct Engine(Rc<Desk>);

#[wasm_bindgen]
impl Engine {
    /// Opens the home with a key of 32 bytes, which is wiped here; `server` is the address that people know the server by
    /// (the page's own origin unless it came through `securechat web`). Throws a `FailureView` as JSON.
    pub async fn start(key: &mut [u8], server: String, tell: Function) -> Result<Engine, JsValue> {
        let taken = <[u8; 32]>::try_from(&*key);
        key.zeroize();
        let taken = taken.map_err(|_| JsValue::from_str("the key has another length"))?;
        Ok(Self(Desk::open(taken, server, tell).await?))
    }

    /// Answers one ask: JSON in, JSON out. Throws a `FailureView` as JSON.
    pub async fn ask(&self, ask: String) -> Result<String, JsValue> {
        // The engine must not be borrowed while it waits: asks overlap.
        let desk = Rc::clone(&self.0);
        desk.ask(&ask).await
    }
}
