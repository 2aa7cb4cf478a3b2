package dev.parley.app.http2;

import static dev.parley.app.http2.Rule.endsConnection;
import static dev.parley.app.http2.Rule.fine;
import static dev.parley.testkit.http2.Http2Client.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.testkit.http2.ErrorCode;
import dev.parley.testkit.http2.FieldBlock;
import dev.parley.testkit.http2.Frame;
import dev.parley.testkit.http2.Http2Client;
import java.io.IOException;
import java.util.stream.Stream;

/** RFC 7541: field blocks that cannot be decoded, and some that are unusual but can. */
final class CompressionRules {
    /** The dynamic table is this large at first, and no server here makes it smaller. */
    private static final int TABLE_BYTES = 4096;

    private CompressionRules() {}

    static Stream<Rule> all() {
        return Stream.of(
                error("2.3.3: an index beyond both tables", head().indexed(70)),
                error("2.3.3: an index far beyond both tables", head().indexed(1 << 20)),
                error("6.1: index 0", head().indexed(0)),
                error("6.2.1: the index of a name that is beyond both tables", head().raw(0x7f, 0x10, 1, 'x')),
                error("4.2: a change of the table's size at a block's end", head().tableSize(100)),
                error("6.3: a size of the table above SETTINGS_HEADER_TABLE_SIZE", new FieldBlock().tableSize(1 << 20)),
                error(
                        "5.1: an integer beyond 32 bits",
                        head().raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)),
                error(
                        "5.1: an integer that goes on for ever",
                        head().raw(0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80)),
                error("5.2: a string that is longer than the block", head().raw(0, 1, 'x', 50, 'y')),
                error("5.2: Huffman padding longer than seven bits", head().raw(0, 1, 'x', 0x82, 0x1f, 0xff)),
                error("5.2: Huffman padding of other than ones", head().raw(0, 1, 'x', 0x81, 0x18)),
                error("5.2: Huffman code of EOS", head().raw(0, 1, 'x', 0x84, 0xff, 0xff, 0xff, 0xff)),
                fine("4.2: two changes of the table's size at a block's beginning", client -> {
                    FieldBlock block = new FieldBlock().tableSize(0).tableSize(TABLE_BYTES);
                    ask(client, 1, block.literal(request("GET", "/")));
                }),
                fine("2.3.2: what was indexed is known in the next block", client -> {
                    ask(client, 1, head().indexing("x-indexed", "some value"));
                    ask(client, 3, head().indexed(62));
                }),
                fine("4.4: a field larger than the table empties it", client -> {
                            ask(client, 1, head().indexing("x-indexed", "some value"));
                            ask(client, 3, head().indexing("x-large", "y".repeat(TABLE_BYTES)));
                            FieldBlock gone = head().indexed(62);
                            client.send(new Frame(Frame.HEADERS, Frame.END, 5, gone.bytes()));
                            client.expectGoAway(ErrorCode.COMPRESSION_ERROR);
                        })
                        .thenEnds(),
                fine("4.3: a table of no bytes holds nothing", client -> {
                            FieldBlock block = new FieldBlock().tableSize(0).literal(request("GET", "/"));
                            ask(client, 1, block.indexing("x-indexed", "some value"));
                            client.send(new Frame(
                                    Frame.HEADERS,
                                    Frame.END,
                                    3,
                                    head().indexed(62).bytes()));
                            client.expectGoAway(ErrorCode.COMPRESSION_ERROR);
                        })
                        .thenEnds(),
                fine("5.2: names and values may be Huffman coded", client -> {
                    // RFC 7541, C.4.3: custom-key: custom-value.
                    FieldBlock block = head().raw(0x40, 0x88, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xa9, 0x7d, 0x7f);
                    ask(client, 1, block.raw(0x89, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xb8, 0xe8, 0xb4, 0xbf));
                }),
                fine("6.1: a request of indexed fields alone", client -> {
                    // :method GET, :scheme http, :path /, and :authority by its name.
                    FieldBlock block = new FieldBlock().indexed(2).indexed(6).indexed(4);
                    ask(client, 1, block.raw(0x41, 9, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'));
                    ask(
                            client,
                            3,
                            new FieldBlock().indexed(2).indexed(6).indexed(4).indexed(62));
                }));
    }

    private static FieldBlock head() {
        return new FieldBlock().literal(request("GET", "/"));
    }

    private static Rule error(String name, FieldBlock block) {
        return endsConnection(
                "RFC 7541 " + name,
                client -> client.send(new Frame(Frame.HEADERS, Frame.END, 1, block.bytes())),
                ErrorCode.COMPRESSION_ERROR);
    }

    private static void ask(Http2Client client, int stream, FieldBlock block) throws IOException {
        client.send(new Frame(Frame.HEADERS, Frame.END, stream, block.bytes()));
        assertThat(client.response(stream).status()).isEqualTo(200);
    }
}
