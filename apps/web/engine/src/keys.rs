//! The key of this origin's database, as the worker keeps it: JavaScript holds the store, this holds a key only in passing.

use js_sys::Uint8Array;
use securechat_client::Failure;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// Where the worker keeps the key of the home.
    #[wasm_bindgen(typescript_type = "HomeKeys")]
    pub type Keys;

    #[wasm_bindgen(method, catch, js_name = held)]
    async fn js_held(this: &Keys) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = make)]
    async fn js_make(this: &Keys) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = destroy)]
    async fn js_destroy(this: &Keys) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Where the key of the home is kept. */
export interface HomeKeys {
  /** The key there is, if there is one. */
  held(): Promise<Uint8Array | undefined>;
  /** A new one, kept from now on. */
  make(): Promise<Uint8Array>;
  /** Afterwards there is none, whatever happens. */
  destroy(): Promise<void>;
}
";

impl Keys {
    /// The key there is.
    pub(crate) async fn held(&self) -> Result<Option<[u8; 32]>, Failure> {
        let held = self.js_held().await.map_err(|error| failed(&error))?;
        if held.is_undefined() { Ok(None) } else { taken(held).map(Some) }
    }

    /// A new key, kept from now on.
    pub(crate) async fn make(&self) -> Result<[u8; 32], Failure> {
        taken(self.js_make().await.map_err(|error| failed(&error))?)
    }

    /// Destroys the key: what it opened can be read by nobody from then on.
    pub(crate) async fn destroy(&self) -> Result<(), Failure> {
        self.js_destroy().await.map(drop).map_err(|error| failed(&error))
    }
}

/// The bytes, wiped where they came from.
fn taken(given: JsValue) -> Result<[u8; 32], Failure> {
    let given: Uint8Array = given.dyn_into().map_err(|_| Failure::Other("the key is none".into()))?;
    if given.length() != 32 {
        return Err(Failure::Other("the key has another length".into()));
    }
    let mut key = [0; 32];
    given.copy_to(&mut key);
    given.fill(0, 0, 32);
    Ok(key)
}

fn failed(error: &JsValue) -> Failure {
    let said = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|said| said.as_string());
    let said = said.unwrap_or_else(|| "the browser does not say why".into());
    Failure::Other(format!("this browser's key store failed ({said})"))
}
