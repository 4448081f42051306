// The one place where a text becomes the address of a script: only files of our own bundle.
const policy = window.trustedTypes?.createPolicy("securechat", {
  createScriptURL(address: string): string {
    const url = new URL(address, location.origin);
    if (url.origin !== location.origin) throw new TypeError("a script from elsewhere");
    return url.href;
  },
});

/** The address of a script of this bundle, as the browser's Trusted Types want it. */
export function script(address: string): string {
  return (policy?.createScriptURL(address) ?? address) as string;
}

declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL(address: string): string }): {
        createScriptURL(address: string): unknown;
      };
    };
  }
}
