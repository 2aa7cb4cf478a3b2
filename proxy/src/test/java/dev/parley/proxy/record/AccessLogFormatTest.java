package dev.parley.proxy.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.telemetry.metrics.MetricsRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessLogFormatTest {
    private static final long START_MS =
            Instant.parse("2026-11-21T02:05:00.123Z").toEpochMilli();

    private final MetricsRegistry metrics = new MetricsRegistry(1, Outcome.codes(), List.of("bare_line_feed"));
    private final DecisionIds ids = new DecisionIds(1, 2);
    private final Decision decision = new Decision();
    private final AccessLogFormat format = new AccessLogFormat();

    @Test
    void writesAForwardedRequest() {
        begin(Decision.Protocol.HTTP_1_1);
        request("GET", "pay.example", "/pay?x=1");
        byte[] requestId = ascii("abc-123");
        decision.requestId(requestId, 0, requestId.length);
        decision.route(Label.of("payments"), metrics.route("payments"));
        decision.service(Label.of("payments"), metrics.service("payments"));
        decision.attempt(Label.of("10.0.1.4:9001"), metrics.endpoint("payments", "10.0.1.4:9001"), 11_000_000);
        decision.attempt(Label.of("10.0.1.5:9001"), metrics.endpoint("payments", "10.0.1.5:9001"), 12_000_000);
        decision.connected(12_210_999);
        decision.firstByte(12_790_000);
        decision.firstByte(12_799_000);
        decision.status(200);
        decision.bytes(120, 300);
        decision.bytes(0, 10);
        decision.outcome(Outcome.FORWARDED);
        decision.end(12_840_000);

        assertThat(line()).isEqualTo("""
                {"time":"2026-11-21T02:05:00.123Z","id":"%s","protocol":"http/1.1","listener":"edge",\
                "client":"10.0.0.7:50312","method":"GET","host":"pay.example","target":"/pay?x=1","request_id":"abc-123",\
                "route":"payments","service":"payments","endpoint":"10.0.1.5:9001","outcome":"forwarded","fault":"none",\
                "status":200,"attempts":2,"request_bytes":120,"response_bytes":310,"duration_us":2840,"connect_us":210,\
                "first_byte_us":2790}
                """.formatted(id()));
    }

    @Test
    void leavesOutWhatThereIsNot() {
        begin(Decision.Protocol.TCP);
        decision.outcome(Outcome.NO_ENDPOINT, Label.of("all_down"));
        decision.cutShort();
        decision.end(10_005_000);

        assertThat(line()).isEqualTo("""
                {"time":"2026-11-21T02:05:00.123Z","id":"%s","protocol":"tcp","listener":"edge",\
                "client":"10.0.0.7:50312","outcome":"no_endpoint","fault":"service","reason":"all_down",\
                "cut_short":true,"attempts":0,"request_bytes":0,"response_bytes":0,"duration_us":5}
                """.formatted(id()));
    }

    @Test
    void keepsHostileBytesWithinTheirField() {
        begin(Decision.Protocol.HTTP_1_1);
        request("G\"T", "h\\\u001b[2J", "/\r\n{\"time\":\"forged\"}\u0000\u00ff");
        decision.refused(0, Label.of("bare_line_feed"));
        decision.status(400);
        decision.end(10_001_000);

        assertThat(line()).contains("""
                "method":"G\\"T","host":"h\\\\\\u001b[2J",\
                "target":"/\\u000d\\u000a{\\"time\\":\\"forged\\"}\\u0000\\u00ff",\
                "outcome":"refused_request","fault":"client","reason":"bare_line_feed","status":400,""");
    }

    @Test
    void cutsALongTargetWithAMark() {
        begin(Decision.Protocol.HTTP_1_1);
        request("M".repeat(50), "h".repeat(300), "/" + "t".repeat(5_000));
        decision.end(10_001_000);

        assertThat(line())
                .contains("\"method\":\"" + "M".repeat(32) + "\",")
                .contains("\"host\":\"" + "h".repeat(261) + "\",")
                .contains("\"target\":\"/" + "t".repeat(1023) + "…\",");
    }

    @Test
    void forgetsTheInteractionBefore() {
        begin(Decision.Protocol.HTTP_1_1);
        request("GET", "secret.example", "/secret");
        byte[] requestId = ascii("secret");
        decision.requestId(requestId, 0, requestId.length);
        decision.route(Label.of("secret"), metrics.route("secret"));
        decision.attempt(Label.of("secret:1"), metrics.endpoint("secret", "secret:1"), 11_000_000);
        decision.outcome(Outcome.CONNECT_FAILED, Label.of("secret_refused"));
        decision.status(502);
        begin(Decision.Protocol.HTTP_1_1);
        request("GET", "", "/");
        decision.end(10_001_000);

        assertThat(line())
                .doesNotContain("secret", "502", "connect")
                .contains("\"outcome\":\"internal_error\"")
                .contains("\"method\":\"GET\",\"target\":\"/\",");
    }

    @Test
    void staysWithinTheBoundThatItReserves() {
        begin(Decision.Protocol.HTTP_1_1);
        String worst = "\u0001".repeat(6_000);
        request(worst, worst, worst);
        byte[] requestId = ascii(worst);
        decision.requestId(requestId, 0, requestId.length);
        decision.from(Label.of(worst), metrics.listener(worst), Label.of(worst));
        decision.route(Label.of(worst), metrics.route(worst));
        decision.service(Label.of(worst), metrics.service(worst));
        decision.attempt(Label.of(worst), metrics.endpoint(worst, worst), 0);
        decision.connected(Long.MAX_VALUE);
        decision.firstByte(Long.MAX_VALUE);
        decision.status(599);
        decision.cutShort();
        decision.outcome(Outcome.UPSTREAM_TIMEOUT, Label.of(worst));
        decision.bytes(Long.MAX_VALUE, Long.MAX_VALUE);
        decision.end(Long.MAX_VALUE);

        assertThat(AccessLogFormat.mostBytes(decision)).isLessThan(32 * 1024);
        assertThat(line()).hasSizeLessThanOrEqualTo(AccessLogFormat.mostBytes(decision));
    }

    private void begin(Decision.Protocol protocol) {
        decision.begin(ids, protocol, START_MS, 10_000_000);
        decision.from(Label.of("edge"), metrics.listener("edge"), Label.of("10.0.0.7:50312"));
    }

    private void request(String method, String host, String target) {
        byte[] head = ascii(method + host + target);
        int hostFrom = method.length();
        int targetFrom = hostFrom + host.length();
        decision.request(head, 0, hostFrom, hostFrom, targetFrom, targetFrom, head.length);
    }

    private String line() {
        byte[] to = new byte[64 * 1024];
        return new String(to, 0, format.write(decision, to, 0), StandardCharsets.UTF_8);
    }

    private String id() {
        byte[] to = new byte[32];
        assertThat(decision.writeId(to, 0)).isEqualTo(32);
        String id = new String(to, StandardCharsets.US_ASCII);
        assertThat(id).isEqualTo("%016x%016x".formatted(decision.idHigh(), decision.idLow()));
        return id;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
