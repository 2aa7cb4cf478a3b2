package dev.parley.app.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/**
 * What a test asks of the test service, in place of the messages of gRPC's interoperability tests: with bytes of our own
 * the tests need no generated code.
 *
 * @param answers the sizes of the answers that are wanted, in bytes
 * @param code the status to end with, by its number; 0 is OK
 * @param message the status's message
 * @param payloadBytes how much else is in the message
 */
record Ask(int[] answers, int code, String message, int payloadBytes) {
    static Ask forAnswers(int payloadBytes, int... sizes) {
        return new Ask(sizes, 0, "", payloadBytes);
    }

    static Ask forStatus(int code, String message) {
        return new Ask(new int[0], code, message, 0);
    }

    byte[] bytes() {
        byte[] text = message.getBytes(UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(12 + 4 * answers.length + text.length + payloadBytes);
        bytes.putInt(answers.length);
        for (int size : answers) {
            bytes.putInt(size);
        }
        bytes.putInt(code).putInt(text.length).put(text);
        return bytes.array();
    }

    static Ask of(byte[] message) {
        ByteBuffer bytes = ByteBuffer.wrap(message);
        int[] answers = new int[bytes.getInt()];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = bytes.getInt();
        }
        int code = bytes.getInt();
        byte[] text = new byte[bytes.getInt()];
        bytes.get(text);
        return new Ask(answers, code, new String(text, UTF_8), bytes.remaining());
    }
}
