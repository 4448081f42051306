// Words of settings and dashboard.
export const settings = { settings: {} };
