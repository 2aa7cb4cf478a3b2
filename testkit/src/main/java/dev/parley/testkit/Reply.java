package dev.parley.testkit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One HTTP/1.1 response as it came.
 *
 * @param head the status line and fields, with the empty line that ends them
 * @param body the body with chunked framing taken off
 */
public record Reply(int status, String head, String body) {

    static Reply read(RawClient client, boolean toHead) throws IOException {
        String head = client.readUntil("\r\n\r\n");
        int status = Integer.parseInt(head.substring(9, 12));
        Reply bare = new Reply(status, head, "");
        if (toHead || status < 200 || status == 204 || status == 304) {
            return bare;
        }
        if (bare.values("transfer-encoding").contains("chunked")) {
            return new Reply(status, head, chunks(client));
        }
        List<String> length = bare.values("content-length");
        return new Reply(
                status,
                head,
                length.isEmpty() ? client.readToEnd() : client.readText(Integer.parseInt(length.getFirst())));
    }

    private static String chunks(RawClient client) throws IOException {
        StringBuilder body = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(client.readUntil("\r\n").strip().split(";", 2)[0], 16);
            if (size == 0) {
                break;
            }
            body.append(client.readText(size));
            client.readUntil("\r\n");
        }
        String trailer = client.readUntil("\r\n");
        while (!trailer.equals("\r\n")) {
            trailer = client.readUntil("\r\n");
        }
        return body.toString();
    }

    /** The values of a field, by its name in any case, in the order they came; empty where there is none. */
    public List<String> values(String field) {
        List<String> values = new ArrayList<>();
        String prefix = field.toLowerCase(Locale.ROOT) + ":";
        head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .forEach(line -> values.add(line.substring(prefix.length()).strip()));
        return values;
    }

    /** The one value of a field, or empty text where there is none. */
    public String value(String field) {
        List<String> values = values(field);
        return values.isEmpty() ? "" : values.getFirst();
    }
}
