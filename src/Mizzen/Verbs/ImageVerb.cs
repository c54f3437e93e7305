using System.CommandLine;
using Mizzen.Hosting;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen image</c>: which program of this machine an image name stands for.</summary>
internal static class ImageVerb
{
    public static Command Create() => new("image", "Say which program of this machine an image name stands for") { Map(), Unmap(), List() };

    private static Command Map()
    {
        var image = new Argument<string>("NAME") { Description = "The image's name as pods use it, with or without tag." };
        var program = new Argument<string[]>("COMMAND") { Description = "After --: the program and its arguments.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("map", "Let pods with this image run a program: mizzen image map shop/cart -- node cart.js") { image, program };
        command.SetAction(result =>
        {
            ShippedImages.Map().Add(result.GetValue(image)!, result.GetValue(program)!);
            Console.WriteLine($"{result.GetValue(image)} -> {string.Join(' ', result.GetValue(program)!)}");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Unmap()
    {
        var image = new Argument<string>("NAME") { Description = "A name that was mapped." };
        var command = new Command("unmap", "Forget a mapping") { image };
        command.SetAction(result => ShippedImages.Map().Remove(result.GetValue(image)!)
            ? ExitCode.Success
            : throw new UserErrorException($"{result.GetValue(image)} is not mapped; the mappings: mizzen image list"));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Show every mapping");
        command.SetAction(_ =>
        {
            var rows = ShippedImages.Map().Entries().Select(entry => (string[])[entry.Image, entry.IsBuiltIn ? "built in" : "yours", string.Join(' ', entry.Command)]);
            Console.Write(TableText.Align([["IMAGE", "FROM", "COMMAND"], .. rows]));
            return ExitCode.Success;
        });
        return command;
    }
}
