package dev.parley.wire.http2;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Header blocks that a coverage-guided search comes up with. {@code JAZZER_FUZZ=1 ./mvnw -pl wire test
 * -Dtest=HeadFuzzTest} searches; a normal run replays what is kept.
 */
class HeadFuzzTest {
    @FuzzTest(maxDuration = "5m")
    void blocks(byte[] bytes) {
        new HeadChecks().survives(new HpackDecoder(4096), bytes, bytes.length % 2 == 0);
    }
}
