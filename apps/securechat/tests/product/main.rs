//! The product as its users have it: the real binary, real TLS on loopback, real files, several processes.

mod backup;
mod days;
mod doctor;
mod export;
mod link;
mod losses;
mod pipes;
mod roles;
mod search;
mod stories;
mod team;
mod web;
mod week;
