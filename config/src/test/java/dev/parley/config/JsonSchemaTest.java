package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Configuration;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class JsonSchemaTest {
    private final Object schema = new Load(LoadSettings.builder().build()).loadFromString(JsonSchema.generate());

    private Object at(String... path) {
        Object at = schema;
        for (String key : path) {
            at = Objects.requireNonNull(((Map<?, ?>) at).get(key), key);
        }
        return at;
    }

    @Test
    void hasEveryKeyOfTheModelAndNoOther() {
        Map<?, ?> properties = (Map<?, ?>) at("properties");

        assertThat(properties.keySet())
                .map(Object::toString)
                .containsExactlyElementsOf(
                        new Vocabulary().shape(Configuration.class).keys());
        assertThat(at("additionalProperties")).isEqualTo(false);
        assertThat(((Map<?, ?>) at("$defs", "listener", "properties")).keySet())
                .map(Object::toString)
                .contains("port", "proxy_protocol", "trust_forwarded");
        assertThat(at("$defs", "listener", "additionalProperties")).isEqualTo(false);
    }

    @Test
    void knowsDefaultsWordsAndPatterns() {
        assertThat(at("properties", "drain", "default")).isEqualTo("30s");
        assertThat(at("$defs", "listener", "properties", "protocol", "enum"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .containsExactly("http", "tcp", "auto", "udp");
        assertThat(at("properties", "drain", "anyOf").toString()).contains("(ns|us|ms|s|m|h|d)");
        assertThat(at("properties", "drain", "description").toString()).startsWith("How long");
    }

    @Test
    void refersOnlyToWhatItDefines() {
        Map<?, ?> definitions = (Map<?, ?>) at("$defs");

        Pattern.compile("#/\\$defs/([a-z0-9_.]+)")
                .matcher(JsonSchema.generate())
                .results()
                .forEach(reference ->
                        assertThat(definitions.containsKey(reference.group(1))).isTrue());
    }

    @Test
    void isTheSameEachTime() {
        assertThat(JsonSchema.generate()).isEqualTo(JsonSchema.generate());
    }
}
