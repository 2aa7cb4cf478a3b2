package dev.parley.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Every decoder against the bytes that a coverage-guided search comes up with. A normal run replays the inputs kept beside
 * the tests; {@code JAZZER_FUZZ=1 ./mvnw -pl wire test -Dtest=DecoderFuzzTest#requests} searches on from them.
 */
class DecoderFuzzTest {
    @FuzzTest(maxDuration = "5m")
    void requests(byte[] bytes) {
        DecoderRules.request(bytes);
    }

    @FuzzTest(maxDuration = "5m")
    void responses(byte[] bytes) {
        DecoderRules.response(bytes);
    }

    @FuzzTest(maxDuration = "5m")
    void chunkedBodies(byte[] bytes) {
        DecoderRules.chunks(bytes);
    }

    @FuzzTest(maxDuration = "5m")
    void clientHellos(byte[] bytes) {
        DecoderRules.clientHello(bytes);
    }

    @FuzzTest(maxDuration = "5m")
    void proxyHeaders(byte[] bytes) {
        DecoderRules.proxyHeader(bytes);
    }
}
