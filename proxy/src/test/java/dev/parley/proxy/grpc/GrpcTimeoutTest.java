package dev.parley.proxy.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcTimeoutTest {
    private static long parse(String text) {
        byte[] bytes = ("x" + text + "y").getBytes(US_ASCII);
        return GrpcTimeout.parse(bytes, 1, bytes.length - 1);
    }

    @ParameterizedTest
    @CsvSource({
        "1H, 3600000000000",
        "2M, 120000000000",
        "3S, 3000000000",
        "250m, 250000000",
        "7u, 7000",
        "99999999n, 99999999",
        "0m, 0",
        "00000001S, 1000000000"
    })
    void readsEachUnit(String text, long expectedNs) {
        assertThat(parse(text)).isEqualTo(expectedNs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9999999H", "99999999H"})
    void isBounded(String text) {
        assertThat(parse(text)).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "1", "1s", "1h", "-1S", "+1S", "1.5S", "1 S", " 1S", "123456789S", "1SS", "0x1S"})
    void takesNothingElse(String text) {
        assertThat(parse(text)).isEqualTo(GrpcTimeout.NONE);
    }
}
