package dev.parley.wire.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import dev.parley.wire.head.Framing;
import dev.parley.wire.head.Method;
import dev.parley.wire.head.RequestHead;
import dev.parley.wire.head.ResponseHead;
import dev.parley.wire.http1.HeadLimits;
import dev.parley.wire.http1.RequestParser;
import dev.parley.wire.http2.HeadDecoder.Result;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Good blocks, damaged at random and cut anywhere. What is accepted is written out as a head of HTTP/1.1, which the
 * parser of that must accept and read in the same way. Says its seed; set {@code parley.seed} to repeat.
 */
class HeadMutationTest {
    private static final int ROUNDS = 40_000;
    private static final HeadLimits LIMITS = new HeadLimits(2048, 512, 24);
    private static final List<byte[]> BLOCKS = List.of(
            Blocks.plain(
                    ":method: POST",
                    ":scheme: https",
                    ":path: /a/b?c=d",
                    ":authority: a.example:80",
                    "host: a.example:80",
                    "content-length: 12",
                    "te: trailers",
                    "cookie: a=b",
                    "cookie: c"),
            Blocks.hex(
                    "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff 5886 a8eb 1064 9cbf 4088 25a8 49e9 5ba9 7d7f 8925 a849"
                            + "e95b b8e8 b4bf 7a03 6162 63 1f0d 0165"),
            Blocks.hex("3fe101 828684be 40 01 61 01 62 be be bf 0f2b0162"),
            Blocks.plain(":status: 200", "content-length: 5", "x-a: b"),
            Blocks.plain("grpc-status: 0", "x-a: b"));

    private final HeadDecoder decoder = new HeadDecoder();
    private int accepted;

    @Test
    void damagedBlocksAreRefusedOrReadAsHttp1WouldReadThem() {
        long seed = Long.getLong("parley.seed", System.nanoTime());
        System.out.println("head mutation seed " + seed);
        Random random = new Random(seed);
        HpackDecoder table = new HpackDecoder(4096);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] block = BLOCKS.get(random.nextInt(BLOCKS.size())).clone();
            for (int change = random.nextInt(4); change > 0; change--) {
                block = change(block, random);
            }
            try {
                if (!survives(table, block, random.nextBoolean())) {
                    table = new HpackDecoder(4096);
                }
                assertThat(table.footprint()).isLessThanOrEqualTo(2 * 4096 + Words.SLACK + 128 * Long.BYTES);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "Seed %d, round %d: %s"
                                .formatted(seed, round, HexFormat.of().formatHex(block)),
                        e);
            }
        }
        assertThat(accepted).isGreaterThan(ROUNDS / 100);
    }

    @Test
    void everyBeginningIsReadWithoutLookingFurther() {
        for (byte[] block : BLOCKS) {
            for (int to = 0; to <= block.length; to++) {
                byte[] cut = Arrays.copyOf(block, to);
                byte[] followed = Arrays.copyOf(block, to + 9);
                Arrays.fill(followed, to, to + 9, (byte) 0x82);
                RequestHead head = new RequestHead();
                Result alone = decoder.request(new HpackDecoder(4096), cut, 0, to, false, false, LIMITS, head);
                Result among = decoder.request(new HpackDecoder(4096), followed, 0, to, false, false, LIMITS, head);
                assertThat(among).isEqualTo(alone);
            }
        }
    }

    /** Whether the connection would go on. */
    private boolean survives(HpackDecoder table, byte[] block, boolean endStream) {
        RequestHead request = new RequestHead();
        Result result = decoder.request(table, block, 0, block.length, endStream, false, LIMITS, request);
        if (result == Result.OK) {
            accepted++;
            check(request);
        }
        if (fatal(result)) {
            return false;
        }
        ResponseHead response = new ResponseHead();
        result = decoder.response(table, block, 0, block.length, endStream, Method.GET, LIMITS, response);
        if (result == Result.OK) {
            assertThat(response.status()).isBetween(100, 599);
            lines(response.fields(), response.bodyFrom());
        }
        if (fatal(result)) {
            return false;
        }
        FieldBlock trailers = new FieldBlock();
        result = decoder.trailers(table, block, 0, block.length, false, trailers);
        if (result == Result.OK) {
            for (int i = 0; i < trailers.count(); i++) {
                assertThat(FieldId.forbiddenInTrailers(trailers.id(i))).isFalse();
            }
        }
        return !fatal(result);
    }

    private static boolean fatal(Result result) {
        return result == Result.BOMB || result == Result.COMPRESSION;
    }

    private static void check(RequestHead head) {
        byte[] bytes = head.bytes();
        String fields = lines(head.fields(), head.bodyFrom());
        String host = head.fields().has(FieldId.HOST)
                ? ""
                : "host: " + Blocks.latin(bytes, head.authorityFrom(), head.authorityTo()) + "\r\n";
        byte[] text = Blocks.latin(Blocks.latin(bytes, head.methodFrom(), head.methodTo())
                + " "
                + Blocks.latin(bytes, head.targetFrom(), head.targetTo())
                + " HTTP/1.1\r\n"
                + host
                + fields
                + "\r\n");
        RequestHead other = new RequestHead();
        RequestParser parser = new RequestParser();
        int length = parser.parse(text, 0, text.length, new HeadLimits(4096, 512, 40), other);
        assertThat(length).as(() -> parser.refusal().code()).isEqualTo(text.length);
        assertThat(other.method()).isEqualTo(head.method());
        assertThat(other.contentLength()).isEqualTo(head.contentLength());
        assertThat(Blocks.latin(text, other.pathFrom(), other.pathTo()))
                .isEqualTo(Blocks.latin(bytes, head.pathFrom(), head.pathTo()));
        assertThat(Blocks.latin(text, other.hostFrom(), other.hostTo()))
                .isEqualToIgnoringCase(Blocks.latin(bytes, head.hostFrom(), head.hostTo()));
        assertThat(other.fields().count()).isEqualTo(head.fields().count() + (host.isEmpty() ? 0 : 1));
        assertThat(head.framing()).isNotEqualTo(Framing.UNTIL_CLOSE);
    }

    /** The lines lie end to end up to the empty one, in lower case, and their identifiers are those of their names. */
    private static String lines(FieldBlock fields, int bodyFrom) {
        byte[] bytes = fields.bytes();
        for (int i = 0; i < fields.count(); i++) {
            int next = i + 1 < fields.count() ? fields.lineFrom(i + 1) : bodyFrom - 2;
            assertThat(fields.lineTo(i)).isEqualTo(next);
            assertThat(fields.id(i)).isEqualTo(FieldId.of(bytes, fields.nameFrom(i), fields.nameTo(i)));
            assertThat(Blocks.latin(bytes, fields.lineFrom(i), fields.lineTo(i)))
                    .matches("[!#$%&'*+.^_`|~0-9a-z-]+: ([\\x21-\\x7e\\x80-\\xff]"
                            + "([\\t\\x20-\\x7e\\x80-\\xff]*[\\x21-\\x7e\\x80-\\xff])?)?\r\n");
        }
        return fields.count() == 0 ? "" : Blocks.latin(bytes, fields.lineFrom(0), bodyFrom - 2);
    }

    private static byte[] change(byte[] block, Random random) {
        int at = random.nextInt(block.length);
        return switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(block, Math.max(1, at));
            case 1 -> with(block, at, random.nextInt(256));
            case 2 -> with(block, at, block[at] ^ (1 << random.nextInt(8)));
            default -> {
                byte[] longer = new byte[block.length + 1];
                System.arraycopy(block, 0, longer, 0, at);
                longer[at] = (byte) random.nextInt(256);
                System.arraycopy(block, at, longer, at + 1, block.length - at);
                yield longer;
            }
        };
    }

    private static byte[] with(byte[] block, int at, int b) {
        block[at] = (byte) b;
        return block;
    }
}
