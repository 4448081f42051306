//! People, rooms, clocks, seeded randomness (dev only).
