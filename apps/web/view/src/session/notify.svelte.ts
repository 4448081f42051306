// What is said outside the page: the title, the icon, desktop notifications – and which rooms name this person.
import { SvelteMap } from "svelte/reactivity";

/** Unread lines that name this person, room by room. */
export const mentions = new SvelteMap<string, number>();
