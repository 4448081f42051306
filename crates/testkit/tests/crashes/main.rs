//! Each story that changes devices, keys or a room is told once without a fault, to count the points at which something can
//! break, and then once for each point with the fault there: a device's process ends, the server's does, or an answer is lost.
//! Whatever broke, all come to rest in the state that was wished, with nothing lost and nothing double.
//!
//! A point is before each delivery of one frame, before each step of a device, before each timer of one, and on both sides of
//! each request over HTTP. None is left out; but a process ends only at points before which it did something, since between
//! those its memory and its disk are the same. A process that ends takes its memory along and goes on from its disk.

mod control;
mod joining;
mod linking;
mod password;
mod policy;
mod reset;
mod rest;
mod retention;
mod revoking;
mod scene;
mod stage;
