using Mizzen.Cluster.Images;

namespace Mizzen.Cluster.Tests.Images;

public sealed class ImageMapTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-images-").FullName;

    private string File => Path.Combine(_folder, "images.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("shop/cart")]
    [InlineData("shop/cart:1.2")]
    [InlineData("shop/cart@sha256:0123")]
    [InlineData("registry.example/shop/cart:1.2@sha256:0123")]
    [InlineData("registry.example:5000/shop/cart")]
    [InlineData("localhost/shop/cart:latest")]
    public void An_image_is_known_without_registry_tag_and_digest(string image)
    {
        var map = new ImageMap(File, new Dictionary<string, IReadOnlyList<string>>());
        map.Add("shop/cart", ["node", "cart.js"]);

        Assert.Equal(["node", "cart.js"], map.CommandOf(image));
    }

    [Fact]
    public void The_users_own_names_come_before_the_built_in_ones_and_can_be_forgotten()
    {
        var map = new ImageMap(File, new Dictionary<string, IReadOnlyList<string>> { ["app"] = ["built-in"] });
        map.Add("app", ["own"]);
        Assert.Equal(["own"], map.CommandOf("app"));

        Assert.True(map.Remove("app"));
        Assert.False(map.Remove("app"));
        Assert.Equal(["built-in"], map.CommandOf("app:1"));
    }

    [Fact]
    public void A_damaged_map_says_so_and_an_unknown_image_says_what_to_do()
    {
        var map = new ImageMap(File, new Dictionary<string, IReadOnlyList<string>>());
        Assert.Contains("mizzen image map shop/cart -- COMMAND", Assert.Throws<ImageNotMappedException>(() => map.CommandOf("shop/cart:1")).Message, StringComparison.Ordinal);

        System.IO.File.WriteAllText(File, "[1]");

        Assert.Contains(File, Assert.Throws<ImageNotMappedException>(() => map.CommandOf("a")).Message, StringComparison.Ordinal);
    }
}
