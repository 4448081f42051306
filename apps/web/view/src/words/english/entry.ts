// Words of the screens before somebody is logged in.
export const entry = { entry: {} };
