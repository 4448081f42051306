//! What JavaScript sees of this module: start it with a place for its key, ask it, hear it.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::desk::Desk;
use crate::keys::Keys;

/// The engine of this origin, for the worker that holds its lock.
#[wasm_bindgen]
pub struct Engine(Rc<Desk>);

#[wasm_bindgen]
impl Engine {
    /// Opens the home with the key that `keys` keeps; `server` is the address that people know the server by (the page's own
    /// origin unless it came through `securechat web`). Throws a `FailureView` as JSON.
    pub async fn start(keys: Keys, server: String, tell: Function) -> Result<Engine, JsValue> {
        Ok(Self(Desk::open(keys, server, tell).await?))
    }

    /// Answers one ask: JSON in, JSON out. Throws a `FailureView` as JSON.
    pub async fn ask(&self, ask: String) -> Result<String, JsValue> {
        // The engine must not be borrowed while it waits: asks overlap.
        let desk = Rc::clone(&self.0);
        desk.ask(&ask).await
    }
}
