package dev.parley.proxy.idempotency;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Idempotency;
import dev.parley.model.RateLimit;
import dev.parley.proxy.idempotency.KeyRules.Reading;
import dev.parley.proxy.record.Label;
import dev.parley.proxy.tls.TlsFacts;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.RequestParser;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRulesTest {
    private static final byte[] HERE = {'1'};
    private static final byte[] THERE = {'2'};

    private static KeyRules rules(String scope) {
        Idempotency by = Idempotency.of("require");
        return rules(
                "pay",
                new Idempotency(
                        by.mode(),
                        by.keep(),
                        by.duplicateWait(),
                        RateLimit.By.parse(scope),
                        by.unknown(),
                        by.honoured(),
                        by.bodyBytes(),
                        by.answerBytes(),
                        by.keys()));
    }

    private static KeyRules rules(String route, Idempotency settings) {
        return new KeyRules(route, settings);
    }

    private static RequestHead head(String request, String... fields) {
        return headTo("pay.example", request, fields);
    }

    private static RequestHead headTo(String host, String request, String... fields) {
        String text = request + " HTTP/1.1\r\nHost: " + host + "\r\n" + String.join("", lines(fields)) + "\r\n";
        byte[] bytes = text.getBytes(ISO_8859_1);
        RequestHead head = new RequestHead();
        assertThat(new RequestParser().parse(bytes, 0, bytes.length, new HeadLimits(64 << 10, 8 << 10, 100), head))
                .isPositive();
        return head;
    }

    private static String[] lines(String... fields) {
        String[] lines = new String[fields.length];
        for (int i = 0; i < fields.length; i++) {
            lines[i] = fields[i] + "\r\n";
        }
        return lines;
    }

    private static Reading.Key read(KeyRules rules, byte[] address, @Nullable TlsFacts tls, String... fields) {
        Reading read = rules.read(head("POST /pay", fields), address, tls);
        assertThat(read).isInstanceOf(Reading.Key.class);
        return (Reading.Key) read;
    }

    private static byte[] id(KeyRules rules, byte[] address, String... fields) {
        return read(rules, address, null, fields).id();
    }

    private static TlsFacts certificate(String fingerprint) {
        TlsFacts.Peer peer = new TlsFacts.Peer(Label.of("a"), "CN=a", "", fingerprint);
        return new TlsFacts(Label.of("TLSv1.3"), "", "", false, null, peer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"k\"", "k", "\"k\";a=b", "\"k\"; a"})
    void aKeyIsAStringWithQuotesOrWithout(String value) {
        assertThat(id(rules("caller"), HERE, "Idempotency-Key: " + value))
                .isEqualTo(id(rules("caller"), HERE, "Idempotency-Key: k"));
    }

    @Test
    void aKeyMayHaveEscapesAndSpacesInItsQuotes() {
        byte[] plain = id(rules("caller"), HERE, "Idempotency-Key: \"a \\\"b\\\\ c\"");
        assertThat(plain).isNotEqualTo(id(rules("caller"), HERE, "Idempotency-Key: \"a b c\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"\"",
                "\"",
                "\"k",
                "\"k\"x",
                "\"k\", \"l\"",
                "\"k\";a=1, \"l\"",
                "k l",
                "k,l",
                "k;l",
                "k\"l",
                "\"k\\l\"",
                "\"k\\",
                "\"k\u00e9\"",
                "k\u00e9"
            })
    void whatIsNoKeyIsRefused(String value) {
        assertThat(rules("caller").read(head("POST /pay", "Idempotency-Key: " + value), HERE, null))
                .isInstanceOf(Reading.Invalid.class);
    }

    @Test
    void aKeyHasAtMost255Bytes() {
        String longest = "k".repeat(255);
        read(rules("caller"), HERE, null, "Idempotency-Key: " + longest);
        read(rules("caller"), HERE, null, "Idempotency-Key: \"" + longest + "\"");
        for (String longer : new String[] {longest + "k", "\"" + longest + "k\""}) {
            assertThat(rules("caller").read(head("POST /pay", "Idempotency-Key: " + longer), HERE, null))
                    .isInstanceOf(Reading.Invalid.class);
        }
    }

    @Test
    void twoKeysAreNone() {
        assertThat(rules("caller").read(head("POST /pay", "Idempotency-Key: k", "Idempotency-Key: k"), HERE, null))
                .isInstanceOf(Reading.Invalid.class);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, Missing",
        "PATCH, Missing",
        "PAY, Missing",
        "PUT, None",
        "DELETE, None",
        "GET, None",
        "OPTIONS, None"
    })
    void isRequiredOfMethodsThatAreNotIdempotent(String method, String reading) {
        assertThat(rules("caller")
                        .read(head(method + " /pay"), HERE, null)
                        .getClass()
                        .getSimpleName())
                .isEqualTo(reading);
        assertThat(rules("pay", Idempotency.of("accept")).read(head(method + " /pay"), HERE, null))
                .isInstanceOf(Reading.None.class);
    }

    @ParameterizedTest
    @CsvSource({"POST, Key", "PUT, Key", "DELETE, Key", "GET, None", "HEAD, None", "OPTIONS, None"})
    void countsForMethodsThatChangeSomething(String method, String reading) {
        assertThat(rules("caller")
                        .read(head(method + " /pay", "Idempotency-Key: k"), HERE, null)
                        .getClass()
                        .getSimpleName())
                .isEqualTo(reading);
    }

    @Test
    void callersAreToldApartByWhatProvesMost() {
        KeyRules rules = rules("caller");
        byte[] anonymous = id(rules, HERE, "Idempotency-Key: k");
        byte[] alice = id(rules, HERE, "Idempotency-Key: k", "Authorization: Bearer alice");

        assertThat(id(rules, THERE, "Idempotency-Key: k")).isNotEqualTo(anonymous);
        assertThat(alice).isNotEqualTo(anonymous);
        assertThat(id(rules, THERE, "Idempotency-Key: k", "Authorization: Bearer alice"))
                .isEqualTo(alice);
        assertThat(id(rules, HERE, "Idempotency-Key: k", "Authorization: Bearer bob"))
                .isNotEqualTo(alice);

        byte[] proved = read(rules, HERE, certificate("aa"), "Idempotency-Key: k", "Authorization: Bearer alice")
                .id();
        assertThat(proved).isNotEqualTo(alice);
        assertThat(read(rules, THERE, certificate("aa"), "Idempotency-Key: k").id())
                .isEqualTo(proved);
        assertThat(read(rules, THERE, certificate("bb"), "Idempotency-Key: k").id())
                .isNotEqualTo(proved);
    }

    @Test
    void scopesOtherThanTheCallerLookAtNothingElse() {
        String[] alice = {"Idempotency-Key: k", "Authorization: Bearer alice", "X-Tenant: 1"};
        String[] bob = {"Idempotency-Key: k", "Authorization: Bearer bob", "X-Tenant: 2"};

        assertThat(id(rules("all"), HERE, alice)).isEqualTo(id(rules("all"), THERE, bob));
        assertThat(id(rules("address"), HERE, alice)).isEqualTo(id(rules("address"), HERE, bob));
        assertThat(id(rules("address"), HERE, alice)).isNotEqualTo(id(rules("address"), THERE, alice));
        assertThat(id(rules("header:X-Tenant"), HERE, alice)).isEqualTo(id(rules("header:X-Tenant"), THERE, alice));
        assertThat(id(rules("header:X-Tenant"), HERE, alice)).isNotEqualTo(id(rules("header:X-Tenant"), HERE, bob));
    }

    @Test
    void routesAreToldApart() {
        Idempotency settings = Idempotency.of("require");
        assertThat(id(rules("pay", settings), HERE, "Idempotency-Key: k"))
                .isNotEqualTo(id(rules("refund", settings), HERE, "Idempotency-Key: k"));
    }

    private static byte[] fingerprint(String request, String body, String... fields) {
        return fingerprintTo("pay.example", request, body, fields);
    }

    private static byte[] fingerprintTo(String host, String request, String body, String... fields) {
        String[] all = Arrays.copyOf(fields, fields.length + 1);
        all[fields.length] = "Idempotency-Key: k";
        Reading read = rules("caller").read(headTo(host, request, all), HERE, null);
        return ((Reading.Key) read)
                .fingerprint()
                .body(Unpooled.wrappedBuffer(body.getBytes(ISO_8859_1)))
                .end();
    }

    @Test
    void aRequestIsItsMethodHostTargetTypeAndBody() {
        byte[] request = fingerprint("POST /pay?a=1", "10 EUR", "Content-Type: text/plain");

        assertThat(fingerprint("POST /pay?a=1", "10 EUR", "Content-Type: text/plain", "Date: now", "traceparent: 1"))
                .isEqualTo(request);
        assertThat(fingerprint("PUT /pay?a=1", "10 EUR", "Content-Type: text/plain"))
                .isNotEqualTo(request);
        assertThat(fingerprint("POST /pay?a=2", "10 EUR", "Content-Type: text/plain"))
                .isNotEqualTo(request);
        assertThat(fingerprint("POST /pay?a=1", "11 EUR", "Content-Type: text/plain"))
                .isNotEqualTo(request);
        assertThat(fingerprint("POST /pay?a=1", "10 EUR", "Content-Type: text/csv"))
                .isNotEqualTo(request);
        assertThat(fingerprint("POST /pay?a=1", "10 EUR")).isNotEqualTo(request);
        assertThat(fingerprintTo("other", "POST /pay?a=1", "10 EUR", "Content-Type: text/plain"))
                .isNotEqualTo(request);
        assertThat(fingerprintTo("PAY.example", "POST /pay?a=1", "10 EUR", "Content-Type: text/plain"))
                .isEqualTo(request);
    }
}
