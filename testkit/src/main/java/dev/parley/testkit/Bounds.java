package dev.parley.testkit;

import java.time.Duration;

/** What bounds every wait and every buffer of the testkit. */
public final class Bounds {
    /**
     * The longest that anything waits for a byte, a connection or a process. Long enough for a machine that runs the
     * rest of the build beside it; a test that passes never waits for it.
     */
    public static final Duration WAIT = Duration.ofSeconds(20);

    /** The most bytes that are kept of what one peer or one process said. */
    public static final int KEPT_BYTES = 16 << 20;

    private Bounds() {}

    static int waitMillis() {
        return Math.toIntExact(WAIT.toMillis());
    }
}
