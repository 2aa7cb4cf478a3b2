package dev.parley.wire.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.wire.head.RequestHead;
import dev.parley.wire.http2.HeadDecoder.Result;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Good blocks, damaged at random and cut anywhere, held to {@link HeadChecks}. Says its seed; set {@code parley.seed} to
 * repeat.
 */
class HeadMutationTest {
    private static final int ROUNDS = 40_000;
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
    private final HeadChecks checks = new HeadChecks();

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
                if (!checks.survives(table, block, random.nextBoolean())) {
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
        assertThat(checks.accepted()).isGreaterThan(ROUNDS / 100);
    }

    @Test
    void everyBeginningIsReadWithoutLookingFurther() {
        for (byte[] block : BLOCKS) {
            for (int to = 0; to <= block.length; to++) {
                byte[] cut = Arrays.copyOf(block, to);
                byte[] followed = Arrays.copyOf(block, to + 9);
                Arrays.fill(followed, to, to + 9, (byte) 0x82);
                RequestHead head = new RequestHead();
                Result alone =
                        decoder.request(new HpackDecoder(4096), cut, 0, to, false, false, HeadChecks.LIMITS, head);
                Result among =
                        decoder.request(new HpackDecoder(4096), followed, 0, to, false, false, HeadChecks.LIMITS, head);
                assertThat(among).isEqualTo(alone);
            }
        }
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
