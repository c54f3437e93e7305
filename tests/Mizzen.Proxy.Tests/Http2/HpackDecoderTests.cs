namespace Mizzen.Proxy.Tests.Http2;

/// <summary>The examples of RFC 7541 appendix C, and what no decoder may take.</summary>
public sealed class HpackDecoderTests
{
    private const string Get = ":method: GET|:scheme: http|:path: /|:authority: www.example.com";
    private const string Answer302 = ":status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com";

    public static TheoryData<string, string> Literals => new()
    {
        // C.2: with indexing, without, never indexed, indexed.
        { "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", "custom-key: custom-header" },
        { "040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path" },
        { "1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret (sensitive)" },
        { "82", ":method: GET" },
        // Several fields, an empty value, and a size update in front.
        { "20 82 84", ":method: GET|:path: /" },
        { "8f 0f 0d 00", "accept-charset: |content-length: " },
    };

    [Theory]
    [MemberData(nameof(Literals))]
    public void A_field_is_what_the_representation_says(string block, string fields) =>
        Assert.Equal(fields.Split('|'), Blocks.Decoder().Decode(block)!);

    [Theory]
    [InlineData(
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65")]
    [InlineData(
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")]
    public void Requests_share_the_table_of_their_connection(string first, string second, string third)
    {
        var decoder = Blocks.Decoder();
        Assert.Equal(Get.Split('|'), decoder.Decode(first)!);
        Assert.Equal([.. Get.Split('|'), "cache-control: no-cache"], decoder.Decode(second)!);
        Assert.Equal(
            [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"], decoder.Decode(third)!);
        Assert.Equal(["custom-key: custom-value", "cache-control: no-cache", ":authority: www.example.com"], decoder.Table.Lines());
        Assert.Equal(164, decoder.Table.Size);
    }

    [Theory]
    [InlineData(
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "4803 3330 37c1 c0bf",
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31")]
    [InlineData(
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07")]
    public void A_full_table_drops_its_oldest_fields(string first, string second, string third)
    {
        var decoder = Blocks.Decoder(tableSize: 256);
        Assert.Equal(Answer302.Split('|'), decoder.Decode(first)!);
        Assert.Equal(Answer302.Replace("302", "307", StringComparison.Ordinal).Split('|'), decoder.Decode(second)!);
        Assert.Equal(
            [
                ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT", "location: https://www.example.com", "content-encoding: gzip",
                "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            ],
            decoder.Decode(third)!);
        Assert.Equal(
            ["set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1", "content-encoding: gzip", "date: Mon, 21 Oct 2013 20:13:22 GMT"],
            decoder.Table.Lines());
        Assert.Equal(215, decoder.Table.Size);
    }

    [Theory]
    [InlineData("80", "index 0")]
    [InlineData("be", "an index beyond both tables")]
    [InlineData("ff", "an integer that is cut off")]
    [InlineData("ff ff ff ff ff 0f", "an integer that is too long")]
    [InlineData("ff 80 80 80 80 80 00", "an integer with zeros without end")]
    [InlineData("40 05 61", "a string that is cut off")]
    [InlineData("40 81 ff 01 61", "a name of padding only, longer than seven bits")]
    [InlineData("00 01 61 84 ff ff ff ff", "the end-of-string symbol in a string")]
    [InlineData("00 01 61 81 00", "padding that is not ones")]
    [InlineData("3f e2 1f", "a table larger than allowed")]
    [InlineData("82 20", "a change of the table's size behind a field")]
    [InlineData("20 20 20", "a third change of the table's size")]
    [InlineData("7f ff 00", "a name that no table has")]
    public void What_is_no_header_block_is_an_error(string block, string why)
    {
        var fields = Blocks.Decoder().Decode(block);
        Assert.True(fields is null, why);
    }

    [Fact]
    public void A_field_may_take_its_name_from_the_entry_that_it_pushes_out()
    {
        var decoder = Blocks.Decoder(tableSize: 64);
        Assert.Equal(["custom-key: 0123456789012345678"], decoder.Decode("400a 6375 7374 6f6d 2d6b 6579 13 30313233343536373839303132333435363738")!);
        Assert.Equal(["custom-key: abcdefghijklmnopqrstu"], decoder.Decode("7e 15 6162636465666768696a6b6c6d6e6f707172737475")!);
        Assert.Equal(["custom-key: abcdefghijklmnopqrstu"], decoder.Table.Lines());
    }
}
