package dev.parley.wire.http2;

import static dev.parley.wire.http2.Blocks.decode;
import static dev.parley.wire.http2.Blocks.hex;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of RFC 7541, appendix C, and what must be refused. */
class HpackVectorsTest {
    private final HpackDecoder table = new HpackDecoder(4096);

    @ParameterizedTest
    @CsvSource({
        "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572, custom-key: custom-header",
        "040c 2f73 616d 706c 652f 7061 7468, :path: /sample/path",
        "1008 7061 7373 776f 7264 0673 6563 7265 74, password: secret",
        "82, :method: GET"
    })
    void singleFields(String block, String line) {
        assertThat(decode(table, hex(block))).containsExactly(line);
    }

    @ParameterizedTest
    @CsvSource({
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d, 8286 84be 5808 6e6f 2d63 6163 6865,"
                + " 8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff, 8286 84be 5886 a8eb 1064 9cbf,"
                + " 8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"
    })
    void requestsPlainAndHuffman(String first, String second, String third) {
        assertThat(decode(table, hex(first)))
                .containsExactly(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com");
        assertThat(decode(table, hex(second)))
                .containsExactly(
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        ":authority: www.example.com",
                        "cache-control: no-cache");
        assertThat(decode(table, hex(third)))
                .containsExactly(
                        ":method: GET",
                        ":scheme: https",
                        ":path: /index.html",
                        ":authority: www.example.com",
                        "custom-key: custom-value");
    }

    @ParameterizedTest
    @CsvSource({
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120"
                + " 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d, 4803 3330 37c1 c0bf,"
                + " 88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a"
                + " 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178"
                + " 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718"
                + " 63c7 8f0b 97c8 e9ae 82ae 43d3, 4883 640e ffc1 c0bf, 88c1 6196 d07a be94 1054 d444 a820 0595 040b"
                + " 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1"
                + " ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07"
    })
    void responsesWithEviction(String first, String second, String third) {
        // The examples use a table of 256 bytes.
        String sizeUpdate = "3fe101";
        String date = "date: Mon, 21 Oct 2013 20:13:21 GMT";
        assertThat(decode(table, hex(sizeUpdate + first)))
                .containsExactly(":status: 302", "cache-control: private", date, "location: https://www.example.com");
        assertThat(decode(table, hex(second)))
                .containsExactly(":status: 307", "cache-control: private", date, "location: https://www.example.com");
        assertThat(decode(table, hex(third)))
                .containsExactly(
                        ":status: 200",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:22 GMT",
                        "location: https://www.example.com",
                        "content-encoding: gzip",
                        "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
    }

    @ParameterizedTest
    @CsvSource({
        "80, index zero",
        "be, index behind the table",
        "ff, integer without end",
        "ffffffffffffff, integer too long",
        "ff80808080808000, integer with zeros without end",
        "7f, name index without end",
        "7f00, name index behind the table",
        "4001, name cut short",
        "400161, no value",
        "40016105, value cut short",
        "823fe101, size update behind a field",
        "3fe21f, size above what was announced",
        "0001618118, Huffman padding of zeros",
        "00016182 1fff, Huffman padding of more than seven bits",
        "000161 84ffffffff, Huffman EOS",
        "000161 85ffffffffff, Huffman EOS and more",
        "000161 81ff, a byte of padding alone"
    })
    void refuses(String block, String why) {
        assertThat(decode(table, hex(block))).as(why).containsExactly("broken");
    }

    @Test
    void takesEmptyHuffmanStringsAndPaddingOfSeven() {
        assertThat(decode(table, hex("00016180"))).containsExactly("a: ");
        assertThat(decode(table, hex("000161811f"))).containsExactly("a: a");
    }

    @Test
    void anEntryLargerThanTheTableEmptiesIt() {
        assertThat(decode(table, hex("400161 0162"))).containsExactly("a: b");
        assertThat(decode(table, hex("be"))).containsExactly("a: b");
        assertThat(decode(table, hex("3f02 400163 0164"))).containsExactly("c: d");
        assertThat(decode(table, hex("be"))).containsExactly("broken");
    }

    @Test
    void holdsNothingBeforeTheFirstEntryAndLittleForEver() {
        assertThat(table.footprint()).isZero();
        decode(table, hex("828684"));
        assertThat(table.footprint()).isZero();
        for (int i = 0; i < 10_000; i++) {
            HeaderBlock out = new HeaderBlock();
            Blocks.put(out, 0x40);
            Blocks.string(out, "x-" + i % 100);
            Blocks.string(out, "v".repeat(i % 97));
            assertThat(decode(table, Blocks.bytes(out))).containsExactly("x-" + i % 100 + ": " + "v".repeat(i % 97));
        }
        assertThat(table.footprint()).isLessThanOrEqualTo(2 * 4096 + Words.SLACK + 128 * Long.BYTES);
    }
}
