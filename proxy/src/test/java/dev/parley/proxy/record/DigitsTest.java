package dev.parley.proxy.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DigitsTest {
    private static final DateTimeFormatter ISO =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final byte[] bytes = new byte[64];

    @Test
    void writesNumbersAsJavaDoes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        assertNumber(0, seed);
        assertNumber(Long.MAX_VALUE, seed);
        for (long power = 1; power > 0 && power < Long.MAX_VALUE / 10; power *= 10) {
            assertNumber(power - 1, seed);
            assertNumber(power, seed);
        }
        for (int round = 0; round < 10_000; round++) {
            assertNumber(random.nextLong() >>> (1 + random.nextInt(63)), seed);
        }
        assertThat(text(Digits.number(-5, bytes, 0))).isEqualTo("0");
    }

    private void assertNumber(long number, long seed) {
        assertThat(text(Digits.number(number, bytes, 0))).as("seed %d", seed).isEqualTo(Long.toString(number));
    }

    @Test
    void writesTimesAsJavaDoes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Digits digits = new Digits();
        long lastMs = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();
        for (int round = 0; round < 10_000; round++) {
            long epochMs = random.nextLong(lastMs);
            for (long near : new long[] {epochMs, epochMs ^ 1, lastMs, 0, 951_782_400_000L}) {
                assertThat(text(digits.time(near, bytes, 0)))
                        .as("seed %d", seed)
                        .isEqualTo(ISO.format(Instant.ofEpochMilli(near)));
            }
        }
    }

    private String text(int end) {
        return new String(bytes, 0, end, StandardCharsets.US_ASCII);
    }
}
