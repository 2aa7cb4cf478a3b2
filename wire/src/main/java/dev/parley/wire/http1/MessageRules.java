package dev.parley.wire.http1;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.FieldId;
import org.jspecify.annotations.Nullable;

/**
 * What the fields say of the body's framing and of the connection, under the rules that requests and responses share
 * (RFC 9112, sections 6 and 9; RFC 9110, section 7.6.1). Holds the last head's answers.
 */
public final class MessageRules {
    /** Bounds the work of comparing each option with each field. Real heads have one or two. */
    private static final int MAX_OPTIONS = 32;

    private long contentLength;
    private boolean chunked;
    private boolean close;
    private boolean keepAlive;
    private boolean upgrade;
    private int options;

    /** Reads the fields: null if they can be read in one way only, else what is wrong. */
    public @Nullable Refusal read(FieldBlock fields, int minorVersion) {
        contentLength = -1;
        chunked = false;
        close = false;
        keepAlive = false;
        upgrade = false;
        Refusal wrong = null;
        if (fields.has(FieldId.TRANSFER_ENCODING)) {
            wrong = readCoding(fields, minorVersion);
        } else if (fields.has(FieldId.CONTENT_LENGTH)) {
            wrong = readLength(fields);
        }
        if (wrong == null && fields.has(FieldId.CONNECTION)) {
            wrong = readConnection(fields);
        }
        return wrong;
    }

    /** Bytes, or -1 where not announced. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the body is in the chunked coding. */
    public boolean chunked() {
        return chunked;
    }

    /** Whether the sender goes on using the connection: HTTP/1.1 does unless it says close, HTTP/1.0 only if it says so. */
    public boolean persists(int minorVersion) {
        return !close && (minorVersion == 1 || keepAlive);
    }

    /** Whether Connection nominates Upgrade. */
    public boolean upgrade() {
        return upgrade;
    }

    /** Whether all that is expected is 100-continue (RFC 9110, section 10.1.1). There is an Expect field. */
    public static boolean expectsContinue(FieldBlock fields) {
        for (int i = fields.find(FieldId.EXPECT); i < fields.count(); i++) {
            if (fields.id(i) == FieldId.EXPECT
                    && !Octets.same(fields.bytes(), fields.valueFrom(i), fields.valueTo(i), "100-continue")) {
                return false;
            }
        }
        return true;
    }

    private @Nullable Refusal readLength(FieldBlock fields) {
        if (fields.repeats(FieldId.CONTENT_LENGTH)) {
            return Refusal.LENGTH_REPEATED;
        }
        int field = fields.find(FieldId.CONTENT_LENGTH);
        int to = fields.valueTo(field);
        int at = fields.valueFrom(field);
        if (at == to) {
            return Refusal.LENGTH_INVALID;
        }
        byte[] bytes = fields.bytes();
        long length = 0;
        for (; at < to; at++) {
            int digit = bytes[at] - '0';
            if (digit < 0 || digit > 9 || length > (Long.MAX_VALUE - digit) / 10) {
                return Refusal.LENGTH_INVALID;
            }
            length = length * 10 + digit;
        }
        contentLength = length;
        return null;
    }

    private @Nullable Refusal readCoding(FieldBlock fields, int minorVersion) {
        if (fields.has(FieldId.CONTENT_LENGTH)) {
            return Refusal.LENGTH_AND_CODING;
        }
        if (fields.repeats(FieldId.TRANSFER_ENCODING)) {
            return Refusal.CODING_REPEATED;
        }
        if (minorVersion == 0) {
            return Refusal.CODING_MISPLACED;
        }
        int field = fields.find(FieldId.TRANSFER_ENCODING);
        int from = fields.valueFrom(field);
        int to = fields.valueTo(field);
        if (Octets.same(fields.bytes(), from, to, "chunked")) {
            chunked = true;
            return null;
        }
        return unknownCodings(fields.bytes(), from, to) ? Refusal.CODING_UNKNOWN : Refusal.CODING_INVALID;
    }

    /** Whether it is a well-formed list of codings of which chunked is at most the last; else the list has no one reading. */
    private static boolean unknownCodings(byte[] bytes, int from, int to) {
        boolean ended = false;
        for (int at = from; at <= to; at++) {
            int start = at;
            while (at < to && Octets.token(bytes[at])) {
                at++;
            }
            if (at == start || ended) {
                return false;
            }
            ended = Octets.same(bytes, start, at, "chunked");
            while (at < to && (bytes[at] == Octets.SP || bytes[at] == Octets.TAB)) {
                at++;
            }
            if (at < to && bytes[at] != ',') {
                return bytes[at] == ';' && !ended;
            }
            if (at < to) {
                while (at + 1 < to && (bytes[at + 1] == Octets.SP || bytes[at + 1] == Octets.TAB)) {
                    at++;
                }
            }
        }
        return true;
    }

    private @Nullable Refusal readConnection(FieldBlock fields) {
        options = 0;
        int field = fields.find(FieldId.CONNECTION);
        int last = fields.repeats(FieldId.CONNECTION) ? fields.count() - 1 : field;
        for (; field <= last; field++) {
            if (fields.id(field) == FieldId.CONNECTION) {
                Refusal wrong = readOptions(fields, fields.valueFrom(field), fields.valueTo(field));
                if (wrong != null) {
                    return wrong;
                }
            }
        }
        return null;
    }

    /** Reads one list. Empty members are passed over, as RFC 9110, section 5.6.1.2 asks of recipients. */
    private @Nullable Refusal readOptions(FieldBlock fields, int from, int to) {
        byte[] bytes = fields.bytes();
        int at = from;
        while (at < to) {
            int start = at;
            while (at < to && Octets.token(bytes[at])) {
                at++;
            }
            if (at > start) {
                Refusal wrong = ++options > MAX_OPTIONS ? Refusal.CONNECTION_OPTION : readOption(fields, start, at);
                if (wrong != null) {
                    return wrong;
                }
            }
            while (at < to && (bytes[at] == Octets.SP || bytes[at] == Octets.TAB)) {
                at++;
            }
            if (at < to && bytes[at++] != ',') {
                return Refusal.CONNECTION_OPTION;
            }
            while (at < to && (bytes[at] == Octets.SP || bytes[at] == Octets.TAB)) {
                at++;
            }
        }
        return null;
    }

    private @Nullable Refusal readOption(FieldBlock fields, int from, int to) {
        if (Octets.same(fields.bytes(), from, to, "close")) {
            close = true;
            return null;
        }
        switch (FieldId.of(fields.bytes(), from, to)) {
            case FieldId.KEEP_ALIVE -> keepAlive = true;
            case FieldId.UPGRADE -> upgrade = true;
            case FieldId.HOST, FieldId.CONTENT_LENGTH, FieldId.TRANSFER_ENCODING -> {
                return Refusal.CONNECTION_NOMINATES;
            }
            default -> fields.nominate(from, to);
        }
        return null;
    }
}
