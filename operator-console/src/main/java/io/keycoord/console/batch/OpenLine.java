package io.keycoord.console.batch;

import io.keycoord.console.batch.file.ParsedLine;

/** A line that has been asked at least once and has no output yet. */
final class OpenLine {
    final int index;
    final int number;
    final String customId;
    final long deadlineAt;
    int attempts;
    int deaths;
    int worker = -1;
    long ticket;
    long dueAt;

    OpenLine(int index, ParsedLine.Request request, long deadlineAt) {
        this.index = index;
        this.number = request.number();
        this.customId = request.customId();
        this.deadlineAt = deadlineAt;
    }
}
