package dev.parley.cli.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class LiveStatusTest {
    @Test
    void readsWhatIsThereAndDoesWithoutTheRest() throws Exception {
        LiveStatus status = LiveStatus.read("""
                {"version":"1","now":"2026-11-21T02:06:00Z","started":"yesterday","unheard_of":[1],
                 "services":[{"name":"orders","breaker":{"state":"open"},"refused_per_second":{"a":1.5,"b":2},
                   "endpoints":[{"address":"h:1","state":"up"},{"address":"h:2","state":"ejected",
                     "until":"2026-11-21T02:06:05Z"}]}]}""");

        assertThat(status.now()).isEqualTo("2026-11-21T02:06:00Z");
        assertThat(status.started()).isEqualTo(Instant.EPOCH);
        assertThat(status.routes()).isEmpty();
        LiveStatus.ServiceState orders = status.services().getFirst();
        assertThat(orders.breaker()).isEqualTo("open");
        assertThat(orders.refusedPerSecond()).isEqualTo(3.5);
        assertThat(orders.up()).isEqualTo(1);
        assertThat(orders.endpoints().getFirst().until()).isEmpty();
        assertThat(orders.endpoints().getLast().until()).contains(Instant.parse("2026-11-21T02:06:05Z"));
        assertThat(orders.endpoints().getLast().service()).isEqualTo("orders");
    }

    @Test
    void tellsWhatIsNotParley() {
        assertThatThrownBy(() -> LiveStatus.read("{\"status\":\"UP\"}"))
                .isInstanceOf(LiveStatus.NotStatus.class)
                .hasMessage("It is JSON, but not of Parley's /status.");
        assertThatThrownBy(() -> LiveStatus.read("<html>"))
                .isInstanceOf(LiveStatus.NotStatus.class)
                .hasMessageStartingWith("It is not JSON at character");
    }
}
