package dev.parley.proxy.route;

import dev.parley.model.PathMatch;
import dev.parley.model.Route;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Writes the target that a request is sent on with: a path made of literals and of parts of the path received, and the
 * query as it came. Immutable.
 *
 * <p>What is taken from the request is taken as it was written, still encoded, so a valid target stays valid. Segments
 * are the same ones that were matched, because matching never decodes a slash.
 */
public final class PathRewrite {
    private final List<Piece> pieces;

    private PathRewrite(List<Piece> pieces) {
        this.pieces = pieces;
    }

    /** A rewrite of the paths that a route matches. */
    public static PathRewrite of(Route.Rewrite rewrite, PathMatch match) {
        return of(rewrite.prefix(), rewrite.path(), match);
    }

    /**
     * The path as it came, or with its matched prefix or all of it replaced.
     *
     * @throws IllegalArgumentException where a prefix is to be replaced and none is matched, or a variable is unknown
     */
    static PathRewrite of(Optional<String> prefix, Optional<String> path, PathMatch match) {
        if (prefix.isPresent()) {
            return new PathRewrite(replacingPrefix(prefix.get(), match));
        }
        return new PathRewrite(path.map(text -> replacingPath(text, match)).orElse(List.of(new Rest(0))));
    }

    /**
     * Writes path and query into {@code into}, beginning at {@code at}.
     *
     * @return the bytes written, or -1 where they do not fit; what lies behind {@code at} is then undefined
     */
    public int write(RequestHead head, byte[] into, int at) {
        // Asked of the server as a whole there is no path to change (RFC 9110, section 9.3.7).
        if (head.asterisk()) {
            return put((byte) '*', into, at) < 0 ? -1 : 1;
        }
        int end = at;
        for (int i = 0; i < pieces.size() && end >= 0; i++) {
            end = pieces.get(i).write(head, into, end);
        }
        if (end == at) {
            end = put((byte) '/', into, end);
        }
        if (head.queryFrom() >= 0 && end >= 0) {
            end = put((byte) '?', into, end);
            end = put(head.bytes(), head.queryFrom(), head.queryTo(), into, end);
        }
        return end < 0 ? -1 : end - at;
    }

    /** Copies bytes to {@code at} and returns the end, or -1 where they do not fit or something before them did not. */
    static int put(byte[] bytes, int from, int to, byte[] into, int at) {
        if (at < 0 || to - from > into.length - at) {
            return -1;
        }
        System.arraycopy(bytes, from, into, at, to - from);
        return at + to - from;
    }

    static int put(byte[] bytes, byte[] into, int at) {
        return put(bytes, 0, bytes.length, into, at);
    }

    static int put(byte value, byte[] into, int at) {
        if (at < 0 || at >= into.length) {
            return -1;
        }
        into[at] = value;
        return at + 1;
    }

    /** As in the Gateway API's ReplacePrefixMatch: a slash at the end of either prefix makes no difference. */
    private static List<Piece> replacingPrefix(String replacement, PathMatch match) {
        if (!(match instanceof PathMatch.Prefix prefix)) {
            throw new IllegalArgumentException(
                    "A prefix is replaced, but '%s' is not matched as a prefix. Replace the whole path, or match a prefix."
                            .formatted(match.text()));
        }
        String literal = replacement.endsWith("/") ? replacement.substring(0, replacement.length() - 1) : replacement;
        return List.of(
                new Literal(literal),
                new Rest(PathBytes.prefixSegments(prefix.text()).size()));
    }

    private static List<Piece> replacingPath(String path, PathMatch match) {
        List<String> matched =
                match instanceof PathMatch.Template ? Arrays.asList(match.text().split("/", -1)) : List.of();
        List<Piece> pieces = new ArrayList<>();
        int at = 0;
        for (int open = path.indexOf('{'); open >= 0; open = path.indexOf('{', at)) {
            int close = path.indexOf('}', open);
            String variable = close < 0 ? path.substring(open) : path.substring(open, close + 1);
            int segment = matched.indexOf(variable);
            if (segment < 0) {
                throw new IllegalArgumentException(
                        "'%s' has %s, which is no variable of '%s'.".formatted(path, variable, match.text()));
            }
            pieces.add(new Literal(path.substring(at, open)));
            pieces.add(new Segment(segment - 1));
            at = close + 1;
        }
        pieces.add(new Literal(path.substring(at)));
        return pieces;
    }

    /** A part of the new path. Each writes itself at an offset and returns the end, or -1 where it does not fit. */
    private sealed interface Piece {
        int write(RequestHead head, byte[] into, int at);
    }

    private static final class Literal implements Piece {
        private final byte[] bytes;

        Literal(String text) {
            this.bytes = encoded(text);
        }

        @Override
        public int write(RequestHead head, byte[] into, int at) {
            return put(bytes, into, at);
        }

        /** A path may hold more ASCII in the configuration than RFC 3986 section 3.3 allows: the rest is encoded here. */
        private static byte[] encoded(String text) {
            byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
            byte[] encoded = new byte[3 * ascii.length];
            int length = 0;
            for (int i = 0; i < ascii.length; i++) {
                boolean valid = ascii[i] == '%'
                        ? PathBytes.octet(ascii, i, ascii.length) >= 0
                        : PathBytes.unreserved(ascii[i]) || "!$&'()*+,;=:@/".indexOf(ascii[i]) >= 0;
                if (valid) {
                    encoded[length++] = ascii[i];
                } else {
                    encoded[length++] = '%';
                    encoded[length++] = PathBytes.hexDigit(ascii[i] >> 4);
                    encoded[length++] = PathBytes.hexDigit(ascii[i] & 15);
                }
            }
            return Arrays.copyOf(encoded, length);
        }
    }

    /** What the path received has in the place of a variable, counted from 0. */
    private record Segment(int index) implements Piece {
        @Override
        public int write(RequestHead head, byte[] into, int at) {
            int from = slash(head, index);
            int to = ByteScan.indexOf(head.bytes(), Math.min(from + 1, head.pathTo()), head.pathTo(), '/');
            return put(head.bytes(), Math.min(from + 1, to), to, into, at);
        }
    }

    /** What the path received has behind so many segments, from the slash on. An empty path is a slash. */
    private record Rest(int segments) implements Piece {
        @Override
        public int write(RequestHead head, byte[] into, int at) {
            if (head.emptyPath()) {
                return segments == 0 ? put((byte) '/', into, at) : at;
            }
            return put(head.bytes(), slash(head, segments), head.pathTo(), into, at);
        }
    }

    /** Where the slash before the segment of this index is, or the end of the path where it has no more segments. */
    private static int slash(RequestHead head, int index) {
        int slash = head.pathFrom();
        for (int i = 0; i < index && slash < head.pathTo(); i++) {
            slash = ByteScan.indexOf(head.bytes(), slash + 1, head.pathTo(), '/');
        }
        return slash;
    }
}
