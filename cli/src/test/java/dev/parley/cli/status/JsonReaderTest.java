package dev.parley.cli.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    @Test
    void readsEveryKindOfValue() throws Exception {
        assertThat(JsonReader.object("""
                 { "a" : [1, -2.5e1, {}, []], "b":{"c":true,"d":false,"e":null}, "f":"" }\r
                """))
                .isEqualTo(Map.of(
                        "a", List.of(1.0, -25.0, Map.of(), List.of()), "b", Map.of("c", true, "d", false), "f", ""));
    }

    @Test
    void undoesEscapes() throws Exception {
        assertThat(JsonReader.object("{\"a\":\"q\\\" b\\\\ s\\/ \\b\\f\\n\\r\\t \\u00e9\\ud83d\\ude00\"}"))
                .containsEntry("a", "q\" b\\ s/ \b\f\n\r\t é😀");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":tru}",
                "{a:1}",
                "{\"a\":\"",
                "{\"a\":\"\\",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":1-}",
                "{\"a\":[1}",
                "<html>"
            })
    void refusesWhatIsNotAnObject(String text) {
        assertThatThrownBy(() -> JsonReader.object(text))
                .isInstanceOf(JsonReader.NotJson.class)
                .hasMessageStartingWith("not JSON at character ");
    }

    @Test
    void refusesWhatWouldExhaustTheStack() {
        assertThatThrownBy(() -> JsonReader.object("{\"a\":" + "[".repeat(1_000_000)))
                .isInstanceOf(JsonReader.NotJson.class)
                .hasMessageContaining("no more than 32 levels");
    }
}
