package dev.parley.proxy.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTextTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "61, a",
                "22, \\\"",
                "5c, \\\\",
                "0d0a, \\u000d\\u000a",
                "00, \\u0000",
                "1b5b, \\u001b[",
                "7f, \\u007f",
                "c3a9, é",
                "e282ac, €",
                "f09f9880, 😀",
                "ff, \\u00ff",
                "c3, \\u00c3",
                "c328, \\u00c3(",
                "c0af, \\u00c0\\u00af",
                "e080af, \\u00e0\\u0080\\u00af",
                "eda080, \\u00ed\\u00a0\\u0080",
                "f4908080, \\u00f4\\u0090\\u0080\\u0080",
                "e282, \\u00e2\\u0082",
                "c29b, \\u00c2\\u009b",
            })
    void escapes(String hex, String expected) {
        byte[] text = HexFormat.of().parseHex(hex);
        assertThat(new String(escaped(text), StandardCharsets.UTF_8)).isEqualTo(expected);
    }

    @Test
    void makesAnyBytesOneLineOfValidUtf8() throws CharacterCodingException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] text = new byte[random.nextInt(12)];
            random.nextBytes(text);
            String line = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(escaped(text)))
                    .toString();
            assertThat(line.chars()).as("seed %d", seed).noneMatch(Character::isISOControl);
            assertThat(line.replaceAll("\\\\(?:u00[0-9a-f]{2}|[\"\\\\])", ""))
                    .as("seed %d", seed)
                    .doesNotContain("\"", "\\");
        }
    }

    private static byte[] escaped(byte[] text) {
        byte[] to = new byte[text.length * JsonText.MOST_PER_BYTE];
        return Arrays.copyOf(to, JsonText.escape(text, 0, text.length, to, 0));
    }
}
