package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallFactsReaderTest {
    private static final String CHAT = "/api/v1/chat/completions";
    private final CallFactsReader reader = new CallFactsReader(1_000);

    private CallFacts read(String path, String body) {
        return reader.read(path, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String message(String text) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
    }

    @Test
    void fourCharactersAreATokenPlusFramingAndATenth() {
        // 400 / 4 + 4 + 3 = 107, and a tenth
        assertThat(read(CHAT, message("a".repeat(400))).inputTokens()).isEqualTo(118);
    }

    @Test
    void chineseCountsByCharacter() {
        // 0.8 * 100 + 7 = 87
        assertThat(read(CHAT, message("中".repeat(100))).inputTokens()).isEqualTo(96);
    }

    @Test
    void imageHasAFixedCost() {
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
                + "{\"url\":\"data:image/png;base64," + "A".repeat(100_000) + "\"}}]}]}";

        assertThat(read(CHAT, body).inputTokens()).isBetween(1_000L, 1_200L);
    }

    /** The JSON parser's own bound for a string is 20 million characters; providers take files of 32 MB. */
    @Test
    void fileOfThirtyMegabytesHasAFixedCostAndAModelAsWell() {
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\""
                + "A".repeat(30_000_000) + "\"}}]}],\"model\":\"m\"}";

        CallFacts facts = read(CHAT, body);

        assertThat(facts.inputTokens()).isBetween(1_000L, 1_200L);
        assertThat(facts.model()).contains("m");
    }

    @Test
    void toolsCountByTheirJson() {
        String tools = "[{\"type\":\"function\",\"function\":{\"name\":\"" + "f".repeat(352) + "\"}}]";

        // 400 / 4, and a tenth
        assertThat(read(CHAT, "{\"tools\":" + tools + "}").inputTokens())
                .isEqualTo((long) Math.ceil(1.1 * Math.ceil(tools.length() / 4.0)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | 1000",
                "{\"max_tokens\":7} | 7",
                "{\"max_completion_tokens\":8,\"max_tokens\":7} | 8",
                "{\"max_output_tokens\":9} | 9",
                "{\"max_tokens\":7,\"n\":3} | 21",
                "{\"n\":3} | 3000",
                "{\"max_tokens\":0} | 0",
                "{\"max_tokens\":null} | 1000",
                "{\"max_tokens\":-4} | 1000",
                "{\"max_tokens\":\"7\"} | 1000",
                "{\"max_tokens\":9e300,\"n\":5} | 1000000000",
                "{\"generationConfig\":{\"maxOutputTokens\":6,\"candidateCount\":2}} | 12"
            })
    void outputIsTheMaximumTimesTheCopies(String body, long expected) {
        assertThat(read(CHAT, body).outputTokens()).isEqualTo(expected);
    }

    @Test
    void embeddingsHaveNoOutput() {
        assertThat(read("/v1/embeddings", "{\"model\":\"m\",\"input\":[\"abcd\"]}")
                        .outputTokens())
                .isZero();
    }

    @Test
    void tokensGivenAsNumbersCountOneEach() {
        assertThat(read("/v1/embeddings", "{\"input\":[[1,2,3,4,5,6,7,8,9,10]]}")
                        .inputTokens())
                .isEqualTo(11);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/chat/completions | {\"model\":\"a/b:free\"} | a/b:free",
                "/v1/chat/completions | {\"models\":[\"a\",\"b\"]} | a",
                "/v1/chat/completions | {\"models\":[\"a\"],\"model\":\"m\"} | m",
                "/openai/deployments/gpt/chat/completions | {} | gpt",
                "/openai/deployments/gpt/chat/completions | {\"model\":\"other\"} | gpt",
                "/v1beta/models/gemini-x:generateContent | {} | gemini-x",
                "/v1beta/models/gemini-x:streamGenerateContent | {} | gemini-x",
                "/v1beta/models/gemini-x:embedContent | {\"model\":\"models/gemini-x\"} | gemini-x",
                "/v1beta/openai/chat/completions | {\"model\":\"models/gemini-x\"} | gemini-x",
                "/v1/models/a%2Fb+c:generateContent | {} | a/b+c",
                "/v1/models/a%zz:generateContent | {} | a%zz",
                "/model/vendor.name-v1%3A0/converse | {} | vendor.name-v1:0"
            })
    void modelIsFoundInBodyOrPath(String path, String body, String model) {
        assertThat(read(path, body).model()).contains(model);
    }

    /** Prompt and most output of one request of each kind; 40 characters are 10 tokens, and a tenth is added. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/completions | {'prompt':'%s','max_tokens':7} | 11 | 7",
                "/v1/completions | {'prompt':['%s','%s'],'max_tokens':7,'n':3} | 22 | 42",
                "/v1/completions | {'prompt':[[1,2,3,4,5],[6,7,8,9,10]],'max_tokens':7} | 11 | 14",
                "/v1/completions | {'prompt':[1,2,3,4,5,6,7,8,9,10],'max_tokens':7} | 11 | 7",
                "/v1/completions | {'prompt':[],'max_tokens':7} | 0 | 7",
                "/v1/embeddings | {'input':'%s'} | 11 | 0",
                "/v1/embeddings | {'input':['%s','%s'],'dimensions':9} | 22 | 0",
                "/v1/embeddings | {'input':[[1,2,3,4,5],[6,7,8,9,10]]} | 11 | 0",
                "/v1/responses | {'input':'%s','max_output_tokens':7} | 19 | 7",
                "/v1/responses | {'input':[{'role':'user','content':[{'type':'input_text','text':'%s'}]}],'instructions':'%s'} | 30 | 1000",
                "/v1/responses | {'input':[{'type':'message','role':'user','content':[{'type':'input_image','image_url':'https://x/y.png'}]}]} | 1108 | 1000",
                "/v1/responses/input_tokens | {'input':'%s'} | 11 | 0",
                "/v1/messages | {'system':[{'type':'text','text':'%s'}],'messages':[{'role':'user','content':'%s'}],'max_tokens':7} | 30 | 7",
                "/v1/messages | {'messages':[{'role':'user','content':[{'type':'image','source':{'type':'url','url':'https://x/y.png'}}]}],'max_tokens':7} | 1108 | 7",
                "/v1/messages/count_tokens | {'messages':[{'role':'user','content':'%s'}]} | 19 | 0",
                "/v1beta/models/m:generateContent | {'contents':[{'role':'user','parts':[{'text':'%s'}]}],'systemInstruction':{'parts':[{'text':'%s'}]},'generationConfig':{'maxOutputTokens':7}} | 22 | 7",
                "/v1beta/models/m:streamGenerateContent | {'contents':[{'parts':[{'fileData':{'mimeType':'a/b','fileUri':'https://x'}}]}],'generation_config':{'max_output_tokens':7}} | 1100 | 7",
                "/v1beta/models/m:embedContent | {'content':{'parts':[{'text':'%s'}]}} | 11 | 0",
                "/v1beta/models/m:batchEmbedContents | {'requests':[{'content':{'parts':[{'text':'%s'}]}}]} | 11 | 0",
                "/v1beta/models/m:countTokens | {'contents':[{'parts':[{'text':'%s'}]}]} | 11 | 0",
                "/model/m/converse | {'messages':[{'role':'user','content':[{'text':'%s'}]}],'inferenceConfig':{'maxTokens':7}} | 19 | 7"
            })
    void promptAndOutputOfEachKindOfBody(String path, String body, long input, long output) {
        CallFacts facts = read(path, body.replace("%s", "a".repeat(40)).replace('\'', '"'));

        assertThat(facts.inputTokens()).isEqualTo(input);
        assertThat(facts.outputTokens()).isEqualTo(output);
    }

    @Test
    void documentOfPlainTextCountsByItsText() {
        String source = "{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"" + "word ".repeat(4_000) + "\"}";
        String body =
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"document\",\"source\":" + source + "}]}]}";

        assertThat(read("/v1/messages", body).inputTokens()).isEqualTo(5_508);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{\"model\":5} ", "[1,2]", "hello", "{\"model\":", "{\"messages\":[[[", "''"})
    void whatIsNotUnderstoodIsLeftOut(String body) {
        CallFacts facts = read(CHAT, body);

        assertThat(facts.model()).isEmpty();
        assertThat(facts.outputTokens()).isEqualTo(1_000);
        assertThat(facts.inputTokens()).isBetween(0L, 20L);
    }
}
