package dev.parley.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.Answer;
import dev.parley.testkit.Origin;
import dev.parley.testkit.OriginRequest;
import dev.parley.testkit.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Requests that were damaged at random, through Parley: what an origin receives has one reading, and there is one request of it
 * for each answer that the client is given. The origin reads with a parser of its own.
 */
class DifferentialFuzzTest {
    private static final int ROUNDS = Integer.getInteger("parley.fuzz.rounds", 1500);

    private static final List<String> SOUND = List.of(
            "GET /a?b=c HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n",
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n10\r\n0\r\n\r\nGET / HTTP/1\r\n0\r\nX-T: 1\r\n\r\n",
            "PUT http://a/b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\nX: 1\r\nContent-Length: 3\r\n\r\nabc",
            "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

    private static final List<String> TROUBLE = List.of(
            "\r\n",
            "\n",
            "\r",
            "\0",
            " ",
            "\t",
            ":",
            ";",
            ",",
            "0",
            "5",
            "\u00ff",
            "\u000b",
            "\r\n\r\n",
            "%2e",
            "../",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Content-Length: 5\r\n",
            "Content-Length: 0\r\n",
            "Host: b\r\n",
            " chunked",
            "chunked",
            "Connection: content-length\r\n",
            "Expect: 100-continue\r\n",
            "0\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");

    private static final Pattern HEAD = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ (/[!-~]*|\\*) HTTP/1\\.1\r\n"
            + "([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\u0080-\u00ff]*\r\n)+\r\n");

    @Test
    void damagedRequestsAreReadAlikeByParleyAndTheOrigin() throws Exception {
        long seed = Long.getLong("parley.fuzz.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int forwarded = 0;
        try (Origin origin = Origin.start(
                        request -> Answer.bytes("HTTP/1.1 200 OK\r\nX-Origin: 1\r\nContent-Length: 0\r\n\r\n"));
                ParleyFixture parley = ParleyFixture.before(origin)) {
            for (int round = 0; round < ROUNDS; round++) {
                String sent = damaged(random);
                int answered = exchange(parley, sent);
                List<OriginRequest> received = new ArrayList<>();
                while (origin.waitingRequests() > 0) {
                    received.add(origin.takeRequest());
                }

                String trace = "seed %d round %d: %s".formatted(seed, round, visible(sent));
                received.forEach(request -> assertSound(request, trace));
                assertThat(received).as(trace).hasSize(answered);
                assertThat(origin.faults())
                        .as(trace)
                        .allSatisfy(fault -> assertThat(fault).hasMessageStartingWith("The connection ended"));
                forwarded += answered;
            }
        }
        assertThat(forwarded).isGreaterThan(ROUNDS / 10);
    }

    private static String damaged(Random random) {
        StringBuilder text = new StringBuilder();
        int requests = 1 + random.nextInt(3);
        for (int i = 0; i < requests; i++) {
            text.append(SOUND.get(random.nextInt(SOUND.size())));
        }
        int damages = random.nextInt(4);
        for (int i = 0; i < damages; i++) {
            int at = random.nextInt(text.length());
            String trouble = TROUBLE.get(random.nextInt(TROUBLE.size()));
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, trouble);
                case 1 -> text.deleteCharAt(at);
                case 2 -> text.setCharAt(at, (char) random.nextInt(256));
                default -> text.insert(Math.max(0, text.lastIndexOf("\r\n", at)) + 2, trouble);
            }
        }
        return text.toString();
    }

    /** Sends and half-closes, and answers how many answers of the origin came back. */
    private static int exchange(ParleyFixture parley, String sent) throws IOException {
        try (RawClient client = parley.connect()) {
            client.send(sent).shutdownOutput();
            Matcher answers = Pattern.compile("X-Origin: 1").matcher(client.readToEnd());
            return Math.toIntExact(answers.results().count());
        }
    }

    private static void assertSound(OriginRequest request, String trace) {
        assertThat(HEAD.matcher(request.head()).matches())
                .as(trace + "\nreceived " + visible(request.head()))
                .isTrue();
        int lengths = occurrences(request, "content-length");
        int codings = occurrences(request, "transfer-encoding");
        assertThat(lengths + codings).as(trace).isLessThanOrEqualTo(1);
        assertThat(occurrences(request, "host")).as(trace).isEqualTo(1);
    }

    private static int occurrences(OriginRequest request, String field) {
        return Math.toIntExact(request.head()
                .lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith(field + ":"))
                .count());
    }

    private static String visible(String text) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            shown.append(c >= ' ' && c <= '~' ? String.valueOf(c) : "\\x%02x".formatted((int) c));
        }
        return shown.toString();
    }
}
