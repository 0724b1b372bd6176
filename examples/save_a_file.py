"""Say a sentence into a file. The container and the codec follow the file's suffix."""

from voxbridge import Client


with Client("espeak") as client:
    speech = client.synthesize("The train to Vienna leaves at half past nine, from platform four.")
    for name in ("hello.wav", "hello.flac", "hello.opus"):  # flac, opus, mp3 and aac need the extra `codecs`
        print(f"{speech.save(name)}: {speech.duration:.2f} s, spoken by {speech.voice}")
