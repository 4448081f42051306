// Words of rooms, timeline, composer, inbox, search and palette.
export const main = { main: {} };
