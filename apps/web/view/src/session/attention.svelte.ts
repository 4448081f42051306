// Whether a person is looking: what arrives now is read only if somebody is here.
class Attention {
  here = $state(document.visibilityState === "visible" && document.hasFocus());
  constructor() {
    const look = () => (this.here = document.visibilityState === "visible" && document.hasFocus());
    addEventListener("focus", look);
    addEventListener("blur", look);
    document.addEventListener("visibilitychange", look);
  }
}

export const attention = new Attention();
