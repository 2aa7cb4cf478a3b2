package dev.parley.app.http;

import io.netty.util.internal.PlatformDependent;

/** What this process holds in Netty's buffers. */
final class Memory {
    private Memory() {}

    /** Bytes of direct memory that Netty has taken, in use or pooled. */
    static long direct() {
        return PlatformDependent.usedDirectMemory();
    }
}
