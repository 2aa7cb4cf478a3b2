package dev.parley.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Good input, damaged at random with the bytes and words that parsers trip over. Says its seed; set {@code parley.seed} to repeat. */
class DecoderMutationTest {
    private static final int ROUNDS = 15_000;

    private static final List<String> WORDS = List.of(
            "\r\n",
            "\n",
            "\r",
            "\0",
            " ",
            "\t",
            ":",
            ";",
            ",",
            "/",
            "?",
            "%2e",
            "%2f",
            "%00",
            "..",
            "/../",
            "http://",
            "[::1]",
            "*",
            "\u000b",
            "\u0080",
            "\u00ff",
            "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Host: b\r\n",
            "chunked",
            "Connection: close, x\r\n",
            "HTTP/1.0",
            "HTTP/1.1",
            "\r\n ",
            "\r\n\r\n",
            "0\r\n",
            "ffffffff",
            "=\"",
            "\\\"",
            "1;a",
            "TCP6 ");

    private static final List<String> REQUESTS = List.of(
            "GET /a/b?c=d HTTP/1.1\r\nHost: a.example:80\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n",
            "POST http://a/%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nConnection: keep-alive, x-a\r\nX-A: \t1 \r\n\r\nbody",
            "\r\nOPTIONS * HTTP/1.1\r\nhost: [::1]:8080\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n0\r\n\r\n",
            "HEAD / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\nExpect: 100-continue\r\n\r\n");

    private static final List<String> RESPONSES = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: a\r\nSet-Cookie: b=c\r\n\r\nhello",
            "HTTP/1.0 304\r\nConnection: keep-alive\r\nETag: \"a\"\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n0\r\n\r\n");

    private static final List<String> BODIES = List.of(
            "5\r\nhello\r\n0\r\n\r\nGET",
            "a;b=c;d=\"e\\\"f\"\r\n0123456789\r\n01\r\nx\r\n0;z\r\nX: y\r\nChecksum: 1\r\n\r\n");

    /** What curl sends, cut down; the same in two records. */
    private static final List<String> HELLOS = List.of(
            binary("16030100590100005503030000000000000000000000000000000000000000000000000000000000000000"
                    + "0000021301010000002a0000000c000a000007612e746573742e"
                    + "0010000e000c02683208687474702f312e31" + "002b0003020304"
                    + "00150000"),
            binary("16030100060100002903031603010027" + "00".repeat(32) + "00000213010100"));

    private static final List<String> PROXIES = List.of(
            "PROXY TCP4 192.168.0.1 10.0.0.11 56324 443\r\nGET",
            "PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 1 65535\r\n",
            "PROXY UNKNOWN\r\n",
            binary("0d0a0d0a000d0a515549540a2111000f0a000001c0a80102d90301bb040000"),
            binary("0d0a0d0a000d0a515549540a20000000"));

    @Test
    void requestsKeepTheirRules() {
        mutate(REQUESTS, DecoderRules::request);
    }

    @Test
    void responsesKeepTheirRules() {
        mutate(RESPONSES, DecoderRules::response);
    }

    @Test
    void chunkedBodiesKeepTheirRules() {
        mutate(BODIES, DecoderRules::chunks);
    }

    @Test
    void clientHellosKeepTheirRules() {
        mutate(HELLOS, DecoderRules::clientHello);
    }

    @Test
    void proxyHeadersKeepTheirRules() {
        mutate(PROXIES, DecoderRules::proxyHeader);
    }

    private static void mutate(List<String> seeds, Consumer<byte[]> rules) {
        long seed = Long.getLong("parley.seed", System.nanoTime());
        System.out.println("mutation seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
            for (int change = random.nextInt(4); change > 0; change--) {
                change(text, random);
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
            try {
                rules.accept(bytes);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("Seed %d, round %d: %s".formatted(seed, round, Arrays.toString(bytes)), e);
            }
        }
    }

    private static void change(StringBuilder text, Random random) {
        int at = random.nextInt(text.length() + 1);
        int to = Math.min(text.length(), at + random.nextInt(8));
        switch (random.nextInt(5)) {
            case 0 -> text.insert(at, WORDS.get(random.nextInt(WORDS.size())));
            case 1 -> text.replace(at, to, WORDS.get(random.nextInt(WORDS.size())));
            case 2 -> text.delete(at, to);
            case 3 -> text.insert(at, (char) random.nextInt(256));
            default -> text.setLength(at);
        }
    }

    private static String binary(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    }
}
