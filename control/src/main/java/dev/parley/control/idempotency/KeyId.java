package dev.parley.control.idempotency;

import java.util.Arrays;

/** A record's id, as a key of maps. The bytes are never changed. */
record KeyId(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
        return other instanceof KeyId key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
