package dev.parley.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Configuration;
import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The first configuration that anybody writes. */
class HelloWorldTest {
    static final String TEXT = """
            listeners:
              edge: { port: 8080 }
            services:
              payments:
                endpoints: [127.0.0.1:9001, 127.0.0.1:9002]
            routes:
              payments: { listener: edge, path: /pay, to: payments }
            """;

    @Test
    void isAccepted() {
        Loaded loaded = ConfigReader.create().readText("hello.yaml", TEXT);

        assertThat(loaded).isInstanceOf(Loaded.Accepted.class);
        Configuration configuration = ((Loaded.Accepted) loaded).configuration();
        assertThat(configuration.listeners())
                .hasEntrySatisfying("edge", edge -> assertThat(edge.port()).hasValue(8080));
        assertThat(configuration.services())
                .hasEntrySatisfying(
                        "payments",
                        payments -> assertThat(payments.endpoints())
                                .extracting(endpoint -> endpoint.address().toString())
                                .containsExactly("127.0.0.1:9001", "127.0.0.1:9002"));
        assertThat(configuration.routes()).hasEntrySatisfying("payments", route -> {
            assertThat(route.path()).isEqualTo(new PathMatch.Prefix("/pay"));
            assertThat(route.to()).isEqualTo(Optional.of(new Route.Destination(Map.of("payments", 1))));
        });
    }
}
