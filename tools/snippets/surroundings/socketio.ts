// What a fragment beside a Socket.IO server takes as given.
import type { Server } from "socket.io";

export declare const io: Server;
export declare const queue: readonly unknown[];
export declare function userOf(cookie: string | undefined): { readonly id: string } | null;
